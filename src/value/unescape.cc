#include "value/unescape.hh"

#include <array>
#include <cassert>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/raw_memory.hh"
#include "value/scan.hh"
#include "value/utf8.hh"

namespace flowrun::value {

Pool::Pool(Pool&& other) noexcept
    : bytes_(std::exchange(other.bytes_, nullptr)), used_(std::exchange(other.used_, 0)),
      capacity_(std::exchange(other.capacity_, 0)) {}

Pool& Pool::operator=(Pool&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    std::swap(used_, other.used_);
    std::swap(capacity_, other.capacity_);
    return *this;
}

Pool::~Pool() { std::free(bytes_); }

void Pool::forget() {
    std::free(std::exchange(bytes_, nullptr));
    used_ = capacity_ = 0;
}

char* Pool::open(std::size_t most) {
    if (used_ + most > capacity_) {
        assert(used_ == 0);  // else strings that were handed out would move
        forget();
        bytes_ = static_cast<char*>(allocated(most));
        capacity_ = most;
    }
    return bytes_ + used_;
}

namespace {

struct Escape {
    const char* next;     // behind it; nullptr: a mistake
    const char* mistake;  // what is wrong with it
    std::uint32_t code;
};

// What a hexadecimal digit stands for; above 15: it is none.
constexpr auto hex_digits = [] {
    std::array<std::uint8_t, 256> values{};
    values.fill(0xFF);
    for (unsigned i = 0; i < 10; ++i) values['0' + i] = static_cast<std::uint8_t>(i);
    for (unsigned i = 10; i < 16; ++i) {
        values['a' + i - 10] = static_cast<std::uint8_t>(i);
        values['A' + i - 10] = static_cast<std::uint8_t>(i);
    }
    return values;
}();

// Four hexadecimal digits, or -1.
std::int32_t hex4(const char* p, const char* end) {
    if (end - p < 4) return -1;
    const auto digit = [p](int i) { return std::int32_t{hex_digits[static_cast<unsigned char>(p[i])]}; };
    if ((digit(0) | digit(1) | digit(2) | digit(3)) > 15) return -1;
    return digit(0) << 12 | digit(1) << 8 | digit(2) << 4 | digit(3);
}

// `p` is behind "\u".
Escape unicode_escape(const char* p, const char* end) {
    const std::int32_t first = hex4(p, end);
    if (first < 0) return {nullptr, "\\u needs four hexadecimal digits", 0};
    if (first < 0xD800 || first > 0xDFFF) return {p + 4, nullptr, static_cast<std::uint32_t>(first)};
    const char* const alone = "half of a surrogate pair: \\uD800 to \\uDBFF must be followed by \\uDC00 to \\uDFFF";
    if (first > 0xDBFF || end - p < 6 || p[4] != '\\' || p[5] != 'u') return {nullptr, alone, 0};
    const std::int32_t second = hex4(p + 6, end);
    if (second < 0xDC00 || second > 0xDFFF) return {nullptr, alone, 0};
    const std::int32_t code = 0x10000 + (first - 0xD800) * 0x400 + (second - 0xDC00);
    return {p + 10, nullptr, static_cast<std::uint32_t>(code)};
}

// `p` is behind the backslash.
Escape escape(const char* p, const char* end) {
    if (p == end) return {nullptr, "string is not ended", 0};
    switch (*p) {
        case '"':
        case '\\':
        case '/': return {p + 1, nullptr, static_cast<unsigned char>(*p)};
        case 'b': return {p + 1, nullptr, '\b'};
        case 'f': return {p + 1, nullptr, '\f'};
        case 'n': return {p + 1, nullptr, '\n'};
        case 'r': return {p + 1, nullptr, '\r'};
        case 't': return {p + 1, nullptr, '\t'};
        case 'u': return unicode_escape(p + 1, end);
        default: return {nullptr, "no such escape: there are \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\uXXXX", 0};
    }
}

const char* message_for_control(const char* at) {
    if (*at == '\n' || *at == '\r') return "line break in a string: write it as \\n or \\r, or end the string";
    if (*at == '\t') return "tab in a string: write it as \\t";
    return "control character in a string: write it as \\u00XX";
}

// The next quote, backslash or control character, or `end`.
const char* next_stop(const char* p, const char* begin, const char* end) {
    for (; end - p >= 16; p += 16) {
        if (const unsigned stop = stops_of(p).stop; stop != 0) return p + std::countr_zero(stop);
    }
    if (p == end) return end;
    const unsigned stop = stops_of_tail(p, begin, end).stop;
    return stop != 0 ? p + std::countr_zero(stop) : end;
}

}  // namespace

const char* unescape(const char* text, const char* from, const char* stop, const char* end, Pool& pool, Node& out,
                     JsonError& error) {
    const auto fail = [&](const char* at, const char* message) {
        error = {static_cast<std::size_t>(at - text), message};
        return nullptr;
    };
    char* const start = pool.open(static_cast<std::size_t>(end - from));
    char* put = start;
    const char* run = from;
    for (;; stop = run != end && *run == '\\' ? run : next_stop(run, text, end)) {
        if (stop != run) {
            if (const char* bad = find_bad_utf8(run, stop)) return fail(bad, "not valid UTF-8");
            std::memcpy(put, run, static_cast<std::size_t>(stop - run));
            put += stop - run;
        }
        if (stop == end) return fail(from - 1, "string is not ended");
        if (*stop == '"') break;
        if (*stop != '\\') return fail(stop, message_for_control(stop));
        const Escape found = escape(stop + 1, end);
        if (found.next == nullptr) return fail(stop, found.mistake);
        put = put_utf8(put, found.code);
        run = found.next;
    }
    pool.close(put);
    out = {Kind::string, 0, 0, static_cast<std::uint32_t>(put - start), 1, 0, {start}};
    return stop + 1;
}

}  // namespace flowrun::value
