// Parts of a URL: percent-encoding and back, and the query.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "expr/collection.hh"
#include "expr/function.hh"
#include "value/utf8.hh"

namespace flowrun::expr {
namespace {

// As RFC 3986 has it: all but the unreserved characters, so that the text can be no more than the part of a URL where it stands.
Value url_encode(const Call& c) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    if (!c.spend(c[0].size / 8)) return c.limit();
    std::string out;
    for (const char character : c.text(0)) {
        const auto byte = static_cast<unsigned char>(character);
        const bool plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                           (byte >= '0' && byte <= '9') ||
                           std::string_view("-._~").find(character) != std::string_view::npos;
        if (plain) {
            out.push_back(character);
        } else {
            out.append({'%', digits[byte >> 4U], digits[byte & 15U]});
        }
    }
    return c.string(out);
}

int digit_of(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// Nothing: a % without its two digits, or what they stand for is not UTF-8.
std::optional<std::string> decoded(std::string_view text, bool plus_is_space) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out.push_back(plus_is_space && text[i] == '+' ? ' ' : text[i]);
            continue;
        }
        const int high = i + 2 < text.size() ? digit_of(text[i + 1]) : -1;
        const int low = high >= 0 ? digit_of(text[i + 2]) : -1;
        if (low < 0) return std::nullopt;
        out.push_back(static_cast<char>(high * 16 + low));
        i += 2;
    }
    if (value::find_bad_utf8(out.data(), out.data() + out.size()) != nullptr) return std::nullopt;
    return out;
}

Value undecodable(const Call& c) {
    return c.fail("this text is not percent-encoded: a % has no two digits, or they make no UTF-8", c[0]);
}

Value url_decode(const Call& c) {
    if (!c.spend(c[0].size / 8)) return c.limit();
    const auto out = decoded(c.text(0), false);
    return out ? c.string(*out) : undecodable(c);
}

// Of a URL or a target what stands between ? and #; of any other text all of it.
std::string_view query_in(std::string_view text) {
    text = text.substr(0, text.find('#'));
    if (const std::size_t mark = text.find('?'); mark != text.npos) return text.substr(mark + 1);
    const bool other = text.starts_with('/') || text.find("://") != text.npos;
    return other ? std::string_view() : text;
}

using Named = std::pair<std::string, std::vector<std::string>>;

std::optional<std::vector<Named>> names_of(std::string_view query) {
    std::vector<Named> out;
    std::map<std::string, std::size_t> known;
    while (!query.empty()) {
        const std::string_view part = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(part.size() + 1, query.size()));
        if (part.empty()) continue;
        const std::size_t equals = part.find('=');
        const auto name = decoded(part.substr(0, equals), true);
        const auto value = decoded(equals == part.npos ? std::string_view() : part.substr(equals + 1), true);
        if (!name || !value) return std::nullopt;
        const auto [at, fresh] = known.try_emplace(*name, out.size());
        if (fresh) out.push_back({*name, {}});
        out[at->second].second.push_back(*value);
    }
    return out;
}

// As http.server has it: the value of each name, or the list of those that it has.
Value url_query(const Call& c) {
    if (!c.spend(c[0].size / 4)) return c.limit();
    const auto names = names_of(query_in(c.text(0)));
    if (!names) return undecodable(c);
    MapMaker map(c.context, names->size());
    if (!map) return c.limit();
    for (const auto& [name, values] : *names) {
        Value held = c.string(values.front());
        if (values.size() > 1) {
            ListMaker list(c.context, values.size());
            if (!list) return c.limit();
            for (const std::string& value : values) {
                const Value one = c.string(value);
                if (one.failed()) return one;
                list.add(one);
            }
            held = list.finish();
        }
        const Value key = c.string(name);
        if (held.failed()) return held;
        if (key.failed()) return key;
        map.add(key, held);
    }
    return map.finish();
}

constexpr Function functions[] = {
    {"url.encode(string) -> string", url_encode},
    {"url.encode(bytes) -> string", url_encode},
    {"url.decode(string) -> string", url_decode},
    {"url.query(string) -> dyn", url_query},
};

}  // namespace

std::span<const Function> url_functions() { return functions; }

}  // namespace flowrun::expr
