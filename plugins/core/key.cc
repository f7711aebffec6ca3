#include "key.hh"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>
#include <vector>

#include "formats/masked.hh"
#include "formats/shorten.hh"

namespace flowrun::core {

using namespace sdk;

namespace {

void append(Value value, std::string& out);

void append_json(Value value, std::string& out) {
    value.write_json([&out](std::string_view piece) { out.append(piece); });
}

void append_list(Value list, std::string& out) {
    out += '[';
    bool first = true;
    for (Value item : list.items()) {
        if (!std::exchange(first, false)) out += ',';
        append(item, out);
    }
    out += ']';
}

void append_string(std::string_view text, std::string& out) {
    constexpr char digits[] = "0123456789abcdef";
    out += '"';
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') (out += '\\') += c;
        else if (byte >= 0x20) out += c;
        else ((out += "\\u00") += digits[byte >> 4U]) += digits[byte & 15U];
    }
    out += '"';
}

// Of duplicate names the first wins, as everywhere.
void append_map(Value map, std::string& out) {
    std::vector<Entry> entries;
    for (const Entry entry : map.entries()) entries.push_back(entry);
    std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.key < b.key; });
    const auto same = [](const Entry& a, const Entry& b) { return a.key == b.key; };
    entries.erase(std::unique(entries.begin(), entries.end(), same), entries.end());
    out += '{';
    bool first = true;
    for (const Entry& entry : entries) {
        if (!std::exchange(first, false)) out += ',';
        append_string(entry.key, out);
        out += ':';
        append(entry.value, out);
    }
    out += '}';
}

void append_real(Value value, std::string& out) {
    constexpr double exact = 9007199254740992.0;  // 2^53: every integer up to it is a double
    const double number = value.real().value_or(0);
    if (std::abs(number) <= exact && number == std::floor(number)) {
        out += std::to_string(static_cast<std::int64_t>(number));
    } else {
        append_json(value, out);
    }
}

void append(Value value, std::string& out) {
    switch (value.kind()) {
        case Kind::list: append_list(value, out); break;
        case Kind::map: append_map(value, out); break;
        case Kind::string: append_string(*value.string(), out); break;
        case Kind::real: append_real(value, out); break;
        default: append_json(value, out);
    }
}

}  // namespace

void key_text(Value key, std::string& out) {
    out.clear();
    append(key, out);
}

std::string key_name(Value key, const std::string& text) { return std::string(key.string().value_or(text)); }

std::string shown_key(Node node, const std::string& key) {
    constexpr std::size_t limit = 100;
    if (key.size() <= limit) return key;
    const std::string masked = formats::masked(formats::secrets_of(node), key);
    const std::string_view head = formats::shorten(masked, limit);
    return head.size() == masked.size() ? masked : std::string(head) + "…";
}

}  // namespace flowrun::core
