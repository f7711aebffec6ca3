#include "encoding.hh"

#include <iconv.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <type_traits>
#include <utility>

namespace flowrun::formats {
namespace {

using namespace sdk;

constexpr const char* utf8 = "UTF-8";
constexpr std::string_view replacement = "\xEF\xBF\xBD";

// iconv takes options behind the name, which are none of a flow's business.
bool is_name(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
               c == '.' || c == ':';
    });
}

std::string lower(std::string text) {
    for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    std::erase_if(text, [](char c) { return c == '-' || c == '_'; });
    return text;
}

// Of 5 or 6 bytes, beyond U+10FFFF, or the half of a character of UTF-16: iconv makes these of some sets, and UTF-8 has none.
bool is_none(std::string_view character) {
    const auto first = static_cast<unsigned char>(character[0]), second = static_cast<unsigned char>(character[1]);
    return first > 0xF4 || (first == 0xF4 && second > 0x8F) || (first == 0xED && second > 0x9F);
}

// Puts `instead`, which is no longer than they are, in the place of these; the new size. All characters are whole.
std::size_t without_none(char* text, std::size_t size, std::string_view instead) {
    const auto high = [](char c) { return static_cast<unsigned char>(c) >= 0xED; };
    char* const end = text + size;
    char* to = std::find_if(text, end, high);
    for (const char* from = to; from != end;) {
        const auto first = static_cast<unsigned char>(*from);
        const std::size_t length = first < 0xC0   ? 1
                                   : first < 0xE0 ? 2
                                   : first < 0xF0 ? 3
                                   : first < 0xF8 ? 4
                                   : first < 0xFC ? 5
                                                  : 6;
        const std::string_view character(from, std::min(length, static_cast<std::size_t>(end - from)));
        const std::string_view stays = length > 2 && is_none(character) ? instead : character;
        std::memmove(to, stays.data(), stays.size());
        to += stays.size();
        from += character.size();
    }
    return static_cast<std::size_t>(to - text);
}

class Converter {
public:
    enum class Stop { done, full, bad, cut };  // cut: the input ends within a character

    Converter(const std::string& from, const std::string& to) : converter_(open(from, to)) {
        if (!converter_)
            throw Failure(Status::invalid, "there is no character set '" + (from == utf8 ? to : from) + "'");
    }
    // Takes from the front of `in`, and adds to `made` of `room` bytes.
    Stop run(std::string_view& in, char* to, std::size_t room, std::size_t& made) const {
        char* from = const_cast<char*>(in.data());  // it is not written to
        std::size_t left = in.size(), free = room - made;
        char* at = to + made;
        const std::size_t done = ::iconv(converter_.get(), &from, &left, &at, &free);
        const int error = errno;
        in.remove_prefix(in.size() - left);
        made = room - free;
        if (done != static_cast<std::size_t>(-1)) return Stop::done;
        return error == E2BIG ? Stop::full : error == EINVAL ? Stop::cut : Stop::bad;
    }

private:
    struct Close {
        void operator()(void* converter) const { ::iconv_close(converter); }
    };
    using Owned = std::unique_ptr<std::remove_pointer_t<iconv_t>, Close>;
    static Owned open(const std::string& from, const std::string& to) {
        if (!is_name(from) || !is_name(to)) return nullptr;
        const iconv_t made = ::iconv_open(to.c_str(), from.c_str());
        return Owned(made == reinterpret_cast<iconv_t>(-1) ? nullptr : made);
    }
    Owned converter_;
};

// A character may lie across two reads: its first bytes wait for the rest.
class Decoded final : public Source {
public:
    Decoded(Source& from, const Encoding& encoding)
        : from_(from), converter_(encoding.name, utf8), unit_(encoding.unit()),
          instead_(encoding.replace ? replacement : std::string_view(&undecodable, 1)), block_(block, '\0') {}

    Read read(Call call, char* to, std::size_t room) override {
        std::size_t made = 0;
        while (made == 0) {
            const bool stuck = !decode(to, room, made);
            if (made > 0 || !stuck) continue;
            if (ended_) return {.what = More::end};
            const Read read = fill(call);
            if (read.what == More::end) ended_ = true;
            else if (read.what != More::data) return read;
        }
        return {.what = More::data, .size = made};
    }

private:
    static constexpr std::size_t block = std::size_t{64} << 10U;

    Read fill(Call call) {
        std::memmove(block_.data(), block_.data() + begin_, end_ - begin_);
        end_ -= std::exchange(begin_, 0);
        const Read read = from_.read(call, block_.data() + end_, block_.size() - end_);
        end_ += read.size;
        return read;
    }

    // False: it needs more of the source.
    bool decode(char* to, std::size_t room, std::size_t& made) {
        if (begin_ == end_) return false;
        std::string_view left(block_.data() + begin_, end_ - begin_);
        const std::size_t before = made;
        const Converter::Stop stop = converter_.run(left, to, room, made);
        made = before + without_none(to + before, made - before, instead_);
        begin_ = end_ - left.size();
        if (stop == Converter::Stop::cut && !ended_) return false;
        if (stop != Converter::Stop::bad && stop != Converter::Stop::cut) return true;
        if (made + instead_.size() > room) return true;  // there is room the next time
        std::memcpy(to + made, instead_.data(), instead_.size());
        made += instead_.size();
        begin_ += std::min(unit_, end_ - begin_);
        return true;
    }

    Source& from_;
    Converter converter_;
    std::size_t unit_;
    std::string_view instead_;
    std::string block_;  // as it was read
    std::size_t begin_ = 0, end_ = 0;
    bool ended_ = false;
};

class Encoded final : public Encoder {
public:
    Encoded(std::unique_ptr<Encoder> to, const Encoding& encoding)
        : to_(std::move(to)), encoding_(encoding), converter_(utf8, encoding.name + (encoding.marked() ? "LE" : "")),
          mark_due_(encoding.marked()) {}

    void encode(Value value, std::string& out) override {
        text_.clear();
        to_->encode(value, text_);
        const bool first = mark_due_;
        add(out);
        marked_last_ = first;
    }
    void forget() override {
        to_->forget();
        mark_due_ = mark_due_ || marked_last_;
        marked_last_ = false;
    }
    void begin_again(std::string& out) override {
        text_.clear();
        to_->begin_again(text_);
        mark_due_ = encoding_.marked();
        add(out);
    }
    void end(std::string& out) override {
        text_.clear();
        to_->end(text_);
        add(out);
    }

private:
    void add(std::string& out) {
        if (text_.empty()) return;
        if (std::exchange(mark_due_, false))
            out.append(encoding_.unit() == 4 ? std::string_view("\xFF\xFE\0\0", 4) : "\xFF\xFE");
        std::string_view left = text_;
        while (!left.empty()) {
            char some[4096];
            std::size_t made = 0;
            const Converter::Stop stop = converter_.run(left, some, sizeof some, made);
            out.append(some, made);
            if (stop == Converter::Stop::done || stop == Converter::Stop::full) continue;
            replace(left, out);
        }
        char some[64];  // sets that have states return to the first
        std::size_t made = 0;
        std::string_view none;
        (void)converter_.run(none, some, sizeof some, made);
        out.append(some, made);
    }

    void replace(std::string_view& left, std::string& out) const {
        std::size_t size = 1;
        while (size < left.size() && (static_cast<unsigned char>(left[size]) & 0xC0U) == 0x80U) ++size;
        if (!encoding_.replace) {
            throw Failure(Status::invalid,
                          "'" + std::string(left.substr(0, size)) + "' does not fit " + encoding_.name);
        }
        left.remove_prefix(size);
        std::string_view instead = "?";
        char some[8];
        std::size_t made = 0;
        (void)converter_.run(instead, some, sizeof some, made);
        out.append(some, made);
    }

    std::unique_ptr<Encoder> to_;
    Encoding encoding_;
    Converter converter_;
    bool mark_due_, marked_last_ = false;
    std::string text_;
};

}  // namespace

std::size_t Encoding::unit() const {
    const std::string plain = lower(name);
    if (plain.starts_with("utf32") || plain.starts_with("ucs4")) return 4;
    return plain.starts_with("utf16") || plain.starts_with("ucs2") ? 2 : 1;
}

bool Encoding::marked() const {
    const std::string plain = lower(name);
    return plain == "utf16" || plain == "utf32";
}

std::string Encoding::decoded(std::string_view text) const {
    const Converter converter(name, utf8);
    std::string out;
    while (!text.empty()) {
        char some[1024];
        std::size_t made = 0;
        const Converter::Stop stop = converter.run(text, some, sizeof some, made);
        out.append(some, without_none(some, made, replacement));
        if (stop == Converter::Stop::done || stop == Converter::Stop::full) continue;
        out.append(replacement);
        text.remove_prefix(std::min(unit(), text.size()));
    }
    return out;
}

Encoding encoding_of(Value settings) {
    Encoding encoding;
    encoding.name = settings["encoding"].string().value_or("");
    encoding.replace = settings["bad_text"].string() == "replace";
    if (!encoding) return encoding;
    try {
        (void)Converter(encoding.name, utf8);
        (void)Converter(utf8, encoding.name);
    } catch (const Failure&) {
        throw Failure(Status::invalid, "'encoding': there is no character set '" + encoding.name +
                                           "'; iconv -l lists them, such as latin1, windows-1252, utf-16");
    }
    return encoding;
}

std::unique_ptr<Source> decoded(Source& from, const Encoding& encoding) {
    return std::make_unique<Decoded>(from, encoding);
}

std::unique_ptr<Encoder> encoded(std::unique_ptr<Encoder> to, const Encoding& encoding) {
    return std::make_unique<Encoded>(std::move(to), encoding);
}

}  // namespace flowrun::formats
