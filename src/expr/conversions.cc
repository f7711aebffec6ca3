// size, type, dyn, reveal and the conversions between types.

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "expr/arithmetic.hh"
#include "expr/calendar.hh"
#include "expr/characters.hh"
#include "expr/collection.hh"
#include "expr/function.hh"
#include "expr/text_form.hh"
#include "value/json.hh"

namespace flowrun::expr {
namespace {

Value same(const Call& c) { return c[0]; }

Value size_of_text(const Call& c) {
    if (!c.spend(c[0].size / 64)) return c.limit();
    return Value::integer(static_cast<std::int64_t>(count_characters(c.text(0))));
}

Value size_of(const Call& c) { return Value::integer(c[0].size); }

Value size_of_map(const Call& c) {
    const Map* map = entries_of(c.context, c[0]);
    return map == nullptr ? c.limit() : Value::integer(map->count);
}

Value type_of(const Call& c) {
    if (c[0].is(Kind::number)) return c.fail("the number is beyond 64 bits and double", c[0]);
    return Value::type(c[0].kind);
}

Value reveal(const Call& c) { return Value::string(c.text(0)); }

Value out_of_range(const Call& c, const char* type) {
    return c.fail(fmt::format("beyond the range of {}", type), c[0]);
}

Value no_form(const Call& c, const char* type) { return c.fail(fmt::format("this text is no {}", type), c[0]); }

Value int_of_uint(const Call& c) {
    return c[0].u > INT64_MAX ? out_of_range(c, "int") : Value::integer(static_cast<std::int64_t>(c[0].u));
}

// The ends are left out: whether they survive the way through a double differs between machines.
Value int_of_double(const Call& c) {
    const double d = c[0].d;
    return d > -0x1p63 && d < 0x1p63 ? Value::integer(static_cast<std::int64_t>(d)) : out_of_range(c, "int");
}

template <class T>
bool read_number(std::string_view text, T& out) {
    if (text.size() > 1 && text[0] == '+' && text[1] != '-' && std::is_signed_v<T>) text.remove_prefix(1);
    const char* end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, out);
    return result.ec == std::errc{} && result.ptr == end && !text.empty();
}

Value int_of_string(const Call& c) {
    std::int64_t out = 0;
    return read_number(c.text(0), out) ? Value::integer(out) : no_form(c, "int");
}

Value int_of_timestamp(const Call& c) { return Value::integer(c[0].i); }

Value uint_of_int(const Call& c) {
    return c[0].i < 0 ? out_of_range(c, "uint") : Value::unsigned_(static_cast<std::uint64_t>(c[0].i));
}

Value uint_of_double(const Call& c) {
    const double d = c[0].d;
    return d >= 0 && d < 0x1p64 ? Value::unsigned_(static_cast<std::uint64_t>(d)) : out_of_range(c, "uint");
}

Value uint_of_string(const Call& c) {
    std::uint64_t out = 0;
    return read_number(c.text(0), out) ? Value::unsigned_(out) : no_form(c, "uint");
}

Value double_of_int(const Call& c) { return Value::real(static_cast<double>(c[0].i)); }
Value double_of_uint(const Call& c) { return Value::real(static_cast<double>(c[0].u)); }

Value double_of_string(const Call& c) {
    double out = 0;
    if (c.text(0).find('(') != std::string_view::npos) return no_form(c, "double");  // nan(…)
    return read_number(c.text(0), out) ? Value::real(out) : no_form(c, "double");
}

Value bool_of_string(const Call& c) {
    static constexpr std::array<std::string_view, 5> yes{"1", "t", "T", "true", "TRUE"},
        no{"0", "f", "F", "false", "FALSE"};
    const std::string_view text = c.text(0);
    if (std::find(yes.begin(), yes.end(), text) != yes.end() || text == "True") return Value::boolean(true);
    if (std::find(no.begin(), no.end(), text) != no.end() || text == "False") return Value::boolean(false);
    return no_form(c, "bool");
}

Value string_of(const Call& c) {
    std::string out;
    append_text(c[0], out);
    return c.string(out);
}

Value string_of_bytes(const Call& c) {
    if (!c.spend(c[0].size / 64)) return c.limit();
    if (!value::valid_utf8(c.text(0))) return c.fail("the bytes are not valid UTF-8", c[0]);
    return Value::string(c.text(0));
}

Value bytes_of_string(const Call& c) { return Value::bytes(c.text(0)); }

Value timestamp_of_int(const Call& c) {
    return moment_in_range(c[0].i) ? Value::timestamp(c[0].i, 0) : out_of_range(c, "timestamp (years 1 to 9999)");
}

Value timestamp_of_string(const Call& c) {
    const auto moment = parse_moment(c.text(0));
    if (!moment) return c.fail("this text is no timestamp; write it as 2026-01-31T08:00:00Z", c[0]);
    if (!moment_in_range(moment->seconds)) return out_of_range(c, "timestamp (years 1 to 9999)");
    return Value::timestamp(moment->seconds, moment->nanoseconds);
}

Value duration_of_string(const Call& c) {
    const auto duration = parse_duration(c.text(0));
    if (!duration) return c.fail("this text is no duration; write it as 1h30m, 90s or 250ms", c[0]);
    return Value::duration(*duration);
}

constexpr Function functions[] = {
    {"size(string) -> int", size_of_text},
    {"string:size() -> int", size_of_text},
    {"size(bytes) -> int", size_of},
    {"bytes:size() -> int", size_of},
    {"size(list(A)) -> int", size_of},
    {"list(A):size() -> int", size_of},
    {"size(map(A, B)) -> int", size_of_map},
    {"map(A, B):size() -> int", size_of_map},
    {"type(A) -> type", type_of},
    {"dyn(A) -> dyn", same},
    {"reveal(secret) -> string", reveal},
    {"bool(bool) -> bool", same},
    {"bool(string) -> bool", bool_of_string, Function::checked},
    {"int(int) -> int", same},
    {"int(uint) -> int", int_of_uint},
    {"int(double) -> int", int_of_double},
    {"int(string) -> int", int_of_string},
    {"int(timestamp) -> int", int_of_timestamp},
    {"uint(uint) -> uint", same},
    {"uint(int) -> uint", uint_of_int},
    {"uint(double) -> uint", uint_of_double},
    {"uint(string) -> uint", uint_of_string},
    {"double(double) -> double", same},
    {"double(int) -> double", double_of_int},
    {"double(uint) -> double", double_of_uint},
    {"double(string) -> double", double_of_string},
    {"string(string) -> string", same},
    {"string(bool) -> string", string_of},
    {"string(int) -> string", string_of},
    {"string(uint) -> string", string_of},
    {"string(double) -> string", string_of},
    {"string(bytes) -> string", string_of_bytes},
    {"string(timestamp) -> string", string_of},
    {"string(duration) -> string", string_of},
    {"string(type) -> string", string_of},
    {"bytes(bytes) -> bytes", same},
    {"bytes(string) -> bytes", bytes_of_string},
    {"timestamp(timestamp) -> timestamp", same},
    {"timestamp(string) -> timestamp", timestamp_of_string, Function::checked},
    {"timestamp(int) -> timestamp", timestamp_of_int},
    {"duration(duration) -> duration", same},
    {"duration(string) -> duration", duration_of_string, Function::checked},
};

}  // namespace

std::span<const Function> conversion_functions() { return functions; }

}  // namespace flowrun::expr
