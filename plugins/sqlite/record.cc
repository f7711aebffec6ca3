#include "record.hh"

#include <limits>

namespace flowrun::sqlite {
namespace {

constexpr std::size_t sum_size = 8;

// Wraps around where the difference does not fit: so does adding it again.
std::int64_t difference(std::int64_t a, std::int64_t b) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}
std::int64_t total(std::int64_t a, std::int64_t b) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

class Writer {
public:
    void put(std::uint64_t number) {
        for (; number >= 0x80; number >>= 7) bytes_[size_++] = static_cast<char>(number | 0x80);
        bytes_[size_++] = static_cast<char>(number);
    }
    void put_signed(std::int64_t number) {
        const auto bits = static_cast<std::uint64_t>(number);
        put(number < 0 ? ~(bits << 1) : bits << 1);
    }
    std::string_view bytes() const { return {bytes_, size_}; }

private:
    char bytes_[10 * 10];  // ten numbers, of at most ten bytes each
    std::size_t size_ = 0;
};

class Reader {
public:
    explicit Reader(std::string_view bytes) : bytes_(bytes) {}

    std::uint64_t number() {
        std::uint64_t number = 0;
        for (unsigned shift = 0; shift < 64 && !bytes_.empty(); shift += 7) {
            const auto byte = static_cast<unsigned char>(bytes_.front());
            bytes_.remove_prefix(1);
            number |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
            if (byte < 0x80) return number;
        }
        whole_ = false;
        return 0;
    }
    std::int64_t signed_number() {
        const std::uint64_t bits = number();
        return static_cast<std::int64_t>((bits & 1) != 0 ? ~(bits >> 1) : bits >> 1);
    }
    std::uint32_t small_number() {
        const std::uint64_t wide = number();
        if (wide > std::numeric_limits<std::uint32_t>::max()) whole_ = false;
        return static_cast<std::uint32_t>(wide);
    }
    flowrun_text text(std::uint64_t size) {
        if (size > bytes_.size()) {
            whole_ = false;
            return {};
        }
        const std::string_view text = bytes_.substr(0, size);
        bytes_.remove_prefix(size);
        return text_of(text);
    }
    flowrun_text rest() { return text(bytes_.size()); }
    bool whole() const { return whole_; }

private:
    std::string_view bytes_;
    bool whole_ = true;
};

}  // namespace

std::string write_record(const flowrun_queue_item& item) {
    const std::string_view id = view_of(item.id), key = view_of(item.key), trace = view_of(item.traceparent),
                           error = view_of(item.error), body = view_of(item.body);
    Writer head;
    head.put(item.format);
    head.put(item.attempts);
    head.put_signed(item.time);
    head.put_signed(difference(item.accepted, item.time));
    head.put_signed(item.index);
    head.put_signed(item.total);
    for (const std::string_view text : {id, key, trace, error}) head.put(text.size());
    std::string record;
    record.reserve(sum_size + head.bytes().size() + id.size() + key.size() + trace.size() + error.size() + body.size());
    record.append(sum_size, '\0');
    for (const std::string_view part : {head.bytes(), id, key, trace, error, body}) record += part;
    return record;
}

Sum sum_of(std::string_view record) {
    Sum sum;
    if (record.size() > sum_size) sum.add(record.substr(sum_size));
    return sum;
}

void put_sum(std::string& record, Sum sum, std::int64_t seq, std::int64_t due) {
    sum.add(seq);
    sum.add(due);
    const auto value = static_cast<std::uint64_t>(sum.value());
    for (std::size_t i = 0; i < sum_size; ++i) record[i] = static_cast<char>(value >> (8 * i));
}

bool sum_fits(std::string_view record, std::int64_t seq, std::int64_t due) {
    if (record.size() <= sum_size) return false;
    Sum sum = sum_of(record);
    sum.add(seq);
    sum.add(due);
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < sum_size; ++i) {
        value |= static_cast<std::uint64_t>(static_cast<unsigned char>(record[i])) << (8 * i);
    }
    return value == static_cast<std::uint64_t>(sum.value());
}

bool read_record(std::string_view record, flowrun_queue_item& item) {
    if (record.size() <= sum_size) return false;
    Reader from(record.substr(sum_size));
    item.format = from.small_number();
    item.attempts = from.small_number();
    item.time = from.signed_number();
    item.accepted = total(item.time, from.signed_number());
    item.index = from.signed_number();
    item.total = from.signed_number();
    std::uint64_t sizes[4];
    for (std::uint64_t& size : sizes) size = from.number();
    item.id = from.text(sizes[0]);
    item.key = from.text(sizes[1]);
    item.traceparent = from.text(sizes[2]);
    item.error = from.text(sizes[3]);
    item.body = from.rest();
    return from.whole();
}

}  // namespace flowrun::sqlite
