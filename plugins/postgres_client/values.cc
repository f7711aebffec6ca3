#include "values.hh"

#include <algorithm>
#include <charconv>
#include <utility>

namespace flowrun::postgres {
namespace {

constexpr std::uint32_t type_bytea = 17, type_int8 = 20, type_int4 = 23, type_text = 25;

template <class Number>
void append(std::string& to, Number value) {
    for (std::size_t i = sizeof value; i-- != 0;) to += static_cast<char>(static_cast<unsigned char>(value >> (8 * i)));
}
std::string big_endian(auto value) {
    std::string out;
    append(out, value);
    return out;
}

}  // namespace

Values& Values::add(std::string_view value) {
    pointers_.push_back(value.data() == nullptr ? "" : value.data());
    sizes_.push_back(static_cast<int>(value.size()));
    formats_.push_back(1);
    total_ += value.size();
    return *this;
}
Values& Values::keep(std::string value) { return add(kept_.emplace_back(std::move(value))); }

Values& Values::int4(std::int32_t value) { return keep(big_endian(static_cast<std::uint32_t>(value))); }
Values& Values::int8(std::int64_t value) { return keep(big_endian(static_cast<std::uint64_t>(value))); }
Values& Values::bytes(std::string_view value) { return add(value); }
Values& Values::text(std::string value) { return keep(std::move(value)); }
Values& Values::null() {
    pointers_.push_back(nullptr);
    sizes_.push_back(0);
    formats_.push_back(1);
    return *this;
}

// One dimension: how many there are, whether one may be NULL, the type, and each with its size before it.
Values& Values::array(std::uint32_t type, const std::vector<std::string_view>& values) {
    std::size_t size = 20;
    for (const std::string_view one : values) size += 4 + one.size();
    std::string out;
    out.reserve(size);
    append(out, std::uint32_t{values.empty() ? 0U : 1U});
    append(out, std::uint32_t{1});
    append(out, type);
    if (!values.empty()) {
        append(out, static_cast<std::uint32_t>(values.size()));
        append(out, std::uint32_t{1});
    }
    for (const std::string_view one : values) {
        append(out, one.data() == nullptr ? ~std::uint32_t{0} : static_cast<std::uint32_t>(one.size()));
        out += one;
    }
    return keep(std::move(out));
}

Values& Values::byteas(const std::vector<std::string_view>& values) { return array(type_bytea, values); }
Values& Values::texts(const std::vector<std::string_view>& values) { return array(type_text, values); }

Values& Values::int4s(const std::vector<std::int32_t>& values) {
    std::string all;
    std::vector<std::string_view> each;
    all.reserve(values.size() * 4);
    for (const std::int32_t one : values) append(all, static_cast<std::uint32_t>(one));
    for (std::size_t i = 0; i < values.size(); ++i) each.push_back(std::string_view(all).substr(i * 4, 4));
    return array(type_int4, each);
}

Values& Values::optional_int8s(const std::vector<std::optional<std::int64_t>>& values) {
    std::string all;
    std::vector<std::string_view> each;
    all.reserve(values.size() * 8);
    for (const auto& one : values) append(all, static_cast<std::uint64_t>(one.value_or(0)));
    for (std::size_t i = 0; i < values.size(); ++i) {
        each.push_back(values[i] ? std::string_view(all).substr(i * 8, 8) : std::string_view());
    }
    return array(type_int8, each);
}
Values& Values::int8s(const std::vector<std::int64_t>& values) {
    return optional_int8s({values.begin(), values.end()});
}

std::string Result::state() const {
    const char* const text = PQresultErrorField(result_.get(), PG_DIAG_SQLSTATE);
    return text == nullptr ? std::string() : text;
}

std::string Result::error() const {
    const char* const text = PQresultErrorField(result_.get(), PG_DIAG_MESSAGE_PRIMARY);
    std::string out = text != nullptr ? text : PQresultErrorMessage(result_.get());
    std::replace(out.begin(), out.end(), '\n', ' ');
    if (out.empty()) out = "it says no more than that it failed";
    return out;
}

std::string_view Result::bytes(int row, int column) const {
    return {PQgetvalue(result_.get(), row, column), static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
}

std::int64_t Result::integer(int row, int column) const {
    const std::string_view cell = bytes(row, column);
    std::uint64_t value = 0;
    for (const char c : cell) value = value << 8 | static_cast<unsigned char>(c);
    switch (cell.size()) {
        case 1: return static_cast<std::int64_t>(value);
        case 2: return static_cast<std::int16_t>(value);
        case 4: return static_cast<std::int32_t>(value);
        case 8: return static_cast<std::int64_t>(value);
        default: return 0;
    }
}

std::uint64_t Result::affected() const {
    const std::string_view text = PQcmdTuples(result_.get());
    std::uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

}  // namespace flowrun::postgres
