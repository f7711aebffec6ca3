#include "flow/quote.hh"

namespace flowrun::flow {

namespace {

constexpr std::size_t longest = 120;  // a remedy is one line

bool is_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

struct KeyValue {
    std::string_view key, value;  // empty: the line has no such form
};

// The `key: value` line at an offset.
KeyValue key_value_at(const Source& source, std::size_t offset) {
    const std::string_view line = source.line(source.place(offset).line);
    const std::size_t begin = line.find_first_not_of(" \t-");
    if (begin == std::string_view::npos) return {};
    std::size_t end = begin;
    while (end < line.size() && is_name(line[end])) ++end;
    if (end == begin || end + 1 >= line.size() || line[end] != ':' || line[end + 1] != ' ') return {};
    return {line.substr(begin, end - begin), trimmed(line.substr(end + 1))};
}

// Whether the value is one whole quoted scalar, or what cannot be meant as text.
bool needs_no_quotes(std::string_view value) {
    if (value.empty() || value[0] == '|' || value[0] == '>' || value[0] == '{') return true;
    const char quote = value[0];
    return (quote == '"' || quote == '\'') && value.size() > 1 && value.find(quote, 1) == value.size() - 1;
}

}  // namespace

std::string quoted(std::string_view text) {
    if (text.find_first_of("\"\\") == std::string_view::npos) return '"' + std::string(text) + '"';
    std::string out = "'";
    for (const char c : text) {
        out += c;
        if (c == '\'') out += c;
    }
    return out + "'";
}

std::string quote_it(std::string_view key, std::string_view text) {
    text = trimmed(text);
    if (text.empty() || text.size() > longest || text.find('\n') != std::string_view::npos) {
        return "quote the whole value";
    }
    return "quote it: " + (key.empty() ? "" : std::string(key) + ": ") + quoted(text);
}

std::string quote_value_at(const Source& source, std::size_t offset) {
    const KeyValue line = key_value_at(source, offset);
    if (line.key.empty() || needs_no_quotes(line.value) || line.value.size() > longest) return {};
    return quote_it(line.key, line.value);
}

std::string quote_value_at(const Source& source, std::size_t offset, std::string_view value) {
    if (std::string line = quote_value_at(source, offset); !line.empty()) return line;
    const std::string_view before = trimmed(std::string_view(source.text()).substr(0, offset));
    std::size_t end = before.size();
    if (!before.ends_with(':')) return quote_it("", value);
    std::size_t begin = --end;
    while (begin > 0 && is_name(before[begin - 1])) --begin;
    return quote_it(before.substr(begin, end - begin), value);
}

std::size_t eaten_at(const Source& source, std::size_t offset) {
    const KeyValue line = key_value_at(source, offset);
    if (line.value.empty() || std::string_view("!&*").find(line.value[0]) == std::string_view::npos) return offset;
    return static_cast<std::size_t>(line.value.data() - source.text().data());
}

}  // namespace flowrun::flow
