#include "flow/lookalike.hh"

#include <fmt/format.h>

#include "expr/program.hh"

namespace flowrun::flow {

namespace {

constexpr auto npos = std::string_view::npos;
constexpr std::size_t longest = 200;  // of a text that is worth a look

bool word_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

std::string_view trimmed(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(' ');
    return begin == npos ? "" : text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

bool ends_like_file(std::string_view text) {
    for (const std::string_view end : {".txt", ".json", ".ndjson", ".jsonl", ".csv", ".tsv", ".log", ".gz", ".zst",
                                       ".yaml", ".yml", ".xml", ".html", ".md", ".db", ".sh", ".py", ".out", ".tmp"}) {
        if (text.ends_with(end)) return true;
    }
    return false;
}

// `msg.id`, `param.region`, `meta['key']`: begins with what can be read here, and is an expression.
bool reads(std::string_view text, const expr::Scope& scope) {
    std::size_t end = 0;
    while (end < text.size() && word_character(text[end])) ++end;
    const std::string_view name = text.substr(0, end);
    const bool member = end + 1 < text.size() && (text[end] == '.' || text[end] == '[');
    if (!member || (scope.variable(name) == nullptr && scope.record_of(name) == nullptr)) return false;
    return expr::Program::compile(text, scope).has_value();
}

// How a template of another kind begins and ends.
struct Brackets {
    std::string_view open, close;
};
constexpr Brackets brackets[] = {{"{{", "}}"}, {"$(", ")"}, {"#{", "}"}, {"%{", "}"}, {"<%=", "%>"}, {"{", "}"}};

std::optional<Lookalike> template_at(std::string_view text, std::size_t at, const expr::Scope& scope) {
    for (const auto& [open, close] : brackets) {
        if (!text.substr(at).starts_with(open) || (at > 0 && text[at - 1] == '$')) continue;
        const std::size_t end = text.find(close, at + open.size());
        if (end == npos) continue;
        const std::string_view inside = trimmed(text.substr(at + open.size(), end - at - open.size()));
        if (!reads(inside, scope)) continue;
        const std::size_t after = end + close.size();
        return Lookalike{at, after - at, fmt::format("{}${{{}}}{}", text.substr(0, at), inside, text.substr(after))};
    }
    return {};
}

// `$msg.id` and `$param.x`.
std::optional<Lookalike> dollar_at(std::string_view text, std::size_t at, const expr::Scope& scope) {
    if (text[at] != '$') return {};
    std::size_t end = at + 1;
    while (end < text.size() && (word_character(text[end]) || text[end] == '.')) ++end;
    while (end > at + 1 && text[end - 1] == '.') --end;
    const std::string_view path = text.substr(at + 1, end - at - 1);
    if (!reads(path, scope)) return {};
    return Lookalike{at, end - at, fmt::format("{}${{{}}}{}", text.substr(0, at), path, text.substr(end))};
}

// `$HOME`, `$HOME/orders` and `~/orders` as a whole: within a longer text they may be meant for a shell.
std::optional<Lookalike> shell_variable(std::string_view text) {
    if (text.starts_with("~/") && text.find(' ') == npos)
        return Lookalike{0, 1, "${env.HOME}" + std::string(text.substr(1))};
    std::size_t end = 1;
    while (end < text.size() && word_character(text[end])) ++end;
    const bool name = text.size() > 1 && text[0] == '$' && end > 1 && !(text[1] >= '0' && text[1] <= '9');
    if (!name || (end < text.size() && text[end] != '/') || text.find(' ') != npos) return {};
    return Lookalike{0, end, fmt::format("${{env.{}}}{}", text.substr(1, end - 1), text.substr(end))};
}

}  // namespace

std::optional<Lookalike> lookalike_in(std::string_view text, const expr::Scope& scope) {
    if (text.empty() || text.size() > longest) return {};
    if (auto variable = shell_variable(text)) return variable;
    if (reads(text, scope) && !ends_like_file(text)) return Lookalike{0, text.size(), fmt::format("${{{}}}", text)};
    for (std::size_t at = text.find_first_of("{$#%<"); at != npos; at = text.find_first_of("{$#%<", at + 1)) {
        if (auto found = template_at(text, at, scope)) return found;
        if (auto found = dollar_at(text, at, scope)) return found;
    }
    return {};
}

}  // namespace flowrun::flow
