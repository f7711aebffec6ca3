// The strings library: positions and lengths count code points.

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "expr/characters.hh"
#include "expr/collection.hh"
#include "expr/function.hh"

namespace flowrun::expr {
namespace {

// Looking for a text in another, in time that does not grow with their product.
std::size_t find(std::string_view text, std::string_view part, std::size_t from = 0) {
    if (part.empty()) return from;
    const void* at = memmem(text.data() + from, text.size() - from, part.data(), part.size());
    return at == nullptr ? std::string_view::npos
                         : static_cast<std::size_t>(static_cast<const char*>(at) - text.data());
}

bool pay(const Call& c) { return c.spend(c[0].size / 32 + 1); }

Value out_of_range(const Call& c, std::size_t argument) {
    return c.fail(fmt::format("position {} is outside the text", c[argument].i), c[0]);
}

// The byte where character number `c[argument]` begins; false: there is none (the end counts as one).
bool place(const Call& c, std::size_t argument, std::size_t& byte) {
    if (c[argument].i < 0) return false;
    std::size_t short_by = 0;
    byte = advance(c.text(0), 0, static_cast<std::size_t>(c[argument].i), &short_by);
    return short_by == 0;
}

Value starts_with(const Call& c) { return Value::boolean(c.text(0).starts_with(c.text(1))); }
Value ends_with(const Call& c) { return Value::boolean(c.text(0).ends_with(c.text(1))); }

Value contains(const Call& c) {
    if (!pay(c)) return c.limit();
    return Value::boolean(find(c.text(0), c.text(1)) != std::string_view::npos);
}

Value char_at(const Call& c) {
    std::size_t from = 0;
    if (!pay(c)) return c.limit();
    if (!place(c, 1, from)) return out_of_range(c, 1);
    return Value::string(c.text(0).substr(from, advance(c.text(0), from, 1) - from));
}

Value position(const Call& c, std::size_t byte) {
    if (byte == std::string_view::npos) return Value::integer(-1);
    return Value::integer(static_cast<std::int64_t>(count_characters(c.text(0).substr(0, byte))));
}

Value index_of(const Call& c) {
    if (!pay(c)) return c.limit();
    return position(c, find(c.text(0), c.text(1)));
}

Value index_of_from(const Call& c) {
    std::size_t from = 0;
    if (!pay(c)) return c.limit();
    if (!place(c, 2, from)) return out_of_range(c, 2);
    return position(c, find(c.text(0), c.text(1), from));
}

// The last place at or before `from`.
std::size_t find_last(const Call& c, std::size_t from) {
    std::size_t last = std::string_view::npos;
    const std::string_view text = c.text(0), part = c.text(1);
    if (part.empty()) return from;
    for (std::size_t at = find(text, part); at != std::string_view::npos && at <= from;) {
        last = at;
        if (!c.spend(1)) break;
        at = find(text, part, at + 1);
    }
    return last;
}

Value last_index_of(const Call& c) {
    if (!pay(c)) return c.limit();
    const Value out = position(c, find_last(c, c[0].size));
    return c.context.exhausted() ? c.limit() : out;
}

Value last_index_of_from(const Call& c) {
    std::size_t from = 0;
    if (!pay(c)) return c.limit();
    if (!place(c, 2, from)) return out_of_range(c, 2);
    const Value out = position(c, find_last(c, from));
    return c.context.exhausted() ? c.limit() : out;
}

template <char Low, char High, int Shift>
Value shift_case(const Call& c) {
    const Value out = c.string(c.text(0));
    if (out.failed()) return out;
    char* at = const_cast<char*>(out.text);  // our own copy
    for (char* end = at + out.size; at != end; ++at) {
        if (*at >= Low && *at <= High) *at = static_cast<char>(*at + Shift);
    }
    return out;
}

Value substring(const Call& c) {
    std::size_t from = 0;
    if (!pay(c)) return c.limit();
    return place(c, 1, from) ? Value::string(c.text(0).substr(from)) : out_of_range(c, 1);
}

Value substring_to(const Call& c) {
    std::size_t from = 0, to = 0;
    if (!pay(c)) return c.limit();
    if (!place(c, 1, from)) return out_of_range(c, 1);
    if (!place(c, 2, to)) return out_of_range(c, 2);
    if (to < from) return c.fail(fmt::format("the part ends at {}, before it begins at {}", c[2].i, c[1].i), c[0]);
    return Value::string(c.text(0).substr(from, to - from));
}

bool is_space(std::uint32_t code) {
    return (code >= 0x09 && code <= 0x0D) || code == 0x20 || code == 0x85 || code == 0xA0 || code == 0x1680 ||
           (code >= 0x2000 && code <= 0x200A) || code == 0x2028 || code == 0x2029 || code == 0x202F || code == 0x205F ||
           code == 0x3000;
}

Value trim(const Call& c) {
    if (!pay(c)) return c.limit();
    const std::string_view text = c.text(0);
    std::size_t from = text.size(), to = text.size();
    bool inside = false;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t begin = at;
        if (is_space(next_character(text, at))) continue;
        if (!inside) from = begin;
        inside = true;
        to = at;
    }
    return Value::string(text.substr(from, to - from));
}

Value reverse(const Call& c) {
    const Value out = c.string(c.text(0));
    if (out.failed() || out.size == 0) return out;
    const std::string_view text = c.text(0);
    char* at = const_cast<char*>(out.text) + out.size;
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t end = advance(text, i, 1);
        at -= end - i;
        std::memcpy(at, text.data() + i, end - i);
        i = end;
    }
    return out;
}

Value replace_some(const Call& c, std::int64_t most) {
    const std::string_view text = c.text(0), old = c.text(1), fresh = c.text(2);
    std::string out;
    std::size_t at = 0;
    if (!pay(c)) return c.limit();
    for (; most != 0; --most) {
        // An empty text is found before every character and at the end.
        const std::size_t found = find(text, old, at);
        if (found == std::string_view::npos) break;
        if (!c.spend(1 + fresh.size() / 32) || !c.context.fits(out.size() + fresh.size())) return c.limit();
        out.append(text, at, found - at);
        out += fresh;
        at = found + old.size();
        if (!old.empty()) continue;
        if (at >= text.size()) return c.string(out);
        const std::size_t next = advance(text, at, 1);
        out.append(text, at, next - at);
        at = next;
    }
    out.append(text, at, text.size() - at);
    return c.string(out);
}

Value replace(const Call& c) { return replace_some(c, -1); }
Value replace_limited(const Call& c) { return replace_some(c, c[3].i); }

Value split_some(const Call& c, std::int64_t most) {
    const std::string_view text = c.text(0), by = c.text(1);
    if (!pay(c)) return c.limit();
    if (most == 0) return Value::list(nullptr, 0);
    std::size_t count = 1;
    if (by.empty()) {
        count = count_characters(text);
    } else {
        for (std::size_t at = find(text, by); at != std::string_view::npos; at = find(text, by, at + by.size()))
            ++count;
    }
    if (most > 0) count = std::min(count, static_cast<std::size_t>(most));
    ListMaker maker(c.context, count);
    if (!maker || !c.spend(count)) return c.limit();
    std::size_t at = 0;
    for (std::size_t i = 1; i < count; ++i) {
        const std::size_t end = by.empty() ? advance(text, at, 1) : find(text, by, at);
        maker.add(Value::string(text.substr(at, end - at)));
        at = end + by.size();
    }
    if (count > 0) maker.add(Value::string(text.substr(at)));
    return maker.finish();
}

Value split(const Call& c) { return split_some(c, -1); }
Value split_limited(const Call& c) { return split_some(c, c[2].i); }

Value join_with(const Call& c, std::string_view between) {
    std::size_t size = 0;
    Elements sizes(c[0]);
    for (Value v; sizes.next(v);) {
        if (!v.is(Kind::string)) return c.fail(fmt::format("join() needs strings, not {}", name_of(v.kind)), v);
        size += v.size + between.size();
    }
    if (size == 0) return Value::string({});
    size -= between.size();
    if (size > UINT32_MAX || !c.context.room(size) || !c.spend(c[0].size)) return c.limit();
    char* out = static_cast<char*>(c.context.arena.allocate(size));
    char* at = out;
    Elements elements(c[0]);
    for (Value v; elements.next(v);) {
        if (at != out) at = std::copy(between.begin(), between.end(), at);
        at = std::copy(v.view().begin(), v.view().end(), at);
    }
    return Value::string({out, size});
}

Value join(const Call& c) { return join_with(c, {}); }
Value join_by(const Call& c) { return join_with(c, c.text(1)); }

Value quote(const Call& c) {
    static constexpr std::string_view special = "\a\b\f\n\r\t\v\\\"", names = "abfnrtv\\\"";
    std::string out = "\"";
    for (const char character : c.text(0)) {
        const std::size_t i = special.find(character);
        if (i != std::string_view::npos) out += '\\';
        out += i == std::string_view::npos ? character : names[i];
    }
    return c.string(out + '"');
}

constexpr Function functions[] = {
    {"string:startsWith(string) -> bool", starts_with},
    {"string:endsWith(string) -> bool", ends_with},
    {"string:contains(string) -> bool", contains},
    {"string:charAt(int) -> string", char_at},
    {"string:indexOf(string) -> int", index_of},
    {"string:indexOf(string, int) -> int", index_of_from},
    {"string:lastIndexOf(string) -> int", last_index_of},
    {"string:lastIndexOf(string, int) -> int", last_index_of_from},
    {"string:lowerAscii() -> string", shift_case<'A', 'Z', 32>},
    {"string:upperAscii() -> string", shift_case<'a', 'z', -32>},
    {"string:substring(int) -> string", substring},
    {"string:substring(int, int) -> string", substring_to},
    {"string:trim() -> string", trim},
    {"string:reverse() -> string", reverse},
    {"string:replace(string, string) -> string", replace},
    {"string:replace(string, string, int) -> string", replace_limited},
    {"string:split(string) -> list(string)", split},
    {"string:split(string, int) -> list(string)", split_limited},
    {"list(string):join() -> string", join},
    {"list(string):join(string) -> string", join_by},
    {"strings.quote(string) -> string", quote},
};

}  // namespace

std::span<const Function> string_functions() { return functions; }

}  // namespace flowrun::expr
