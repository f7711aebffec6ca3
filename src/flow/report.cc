#include "flow/report.hh"

#include <algorithm>

#include <fmt/format.h>

#include "base/visible.hh"
#include "value/json.hh"

namespace flowrun::flow {

namespace {

constexpr std::size_t widest = 160;  // code points of a source line that are shown

bool begins_code_point(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

std::size_t code_points(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins_code_point));
}

// Bytes of the first `points` code points.
std::size_t bytes_of(std::string_view text, std::size_t points) {
    std::size_t i = 0;
    for (; i < text.size(); ++i) {
        if (begins_code_point(text[i]) && points-- == 0) break;
    }
    return i;
}

// What a terminal may be shown; tabs stay when asked for.
std::string shown(std::string_view text, bool tabs = false) { return visible(text, tabs ? "\t" : ""); }

// Blanks as wide as `text`: tabs stay tabs, so that the caret stands where the terminal shows the character.
std::string blanks(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (begins_code_point(c)) out += c == '\t' ? '\t' : ' ';
    }
    return out;
}

void add_source_line(const Issue& issue, const Source& source, std::string& out) {
    std::string_view line = source.line(issue.place.line);
    std::size_t before = std::min(bytes_of(line, issue.place.column - 1), line.size());
    std::string head, tail;
    if (code_points(line) > widest) {
        const std::size_t skip = bytes_of(line, issue.place.column > widest / 2 ? issue.place.column - widest / 2 : 0);
        if (skip > 0) head = "... ";
        line.remove_prefix(skip);
        before -= skip;
        if (const std::size_t most = bytes_of(line, widest); most < line.size()) {
            line = line.substr(0, most);
            tail = " ...";
        }
    }
    const std::size_t length = std::min<std::size_t>(issue.place.length, line.size() - before);
    const std::string left = shown(line.substr(0, before), true);
    const std::string under = shown(line.substr(before, length), true);
    out += "  " + head + left + shown(line.substr(before), true) + tail + "\n";
    out += "  " + blanks(head + left) + "^" + std::string(std::max<std::size_t>(code_points(under), 1) - 1, '~') + "\n";
}

std::string counted(std::size_t number, std::string_view what) {
    return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
}

template <class Each>
std::string all_of(const Issues& issues, Each each) {
    std::string out;
    for (const Issue& issue : issues.all()) out += each(issue);
    return out;
}

}  // namespace

std::string to_text(const Issue& issue, const Source& source) {
    const std::string_view severity = issue.severity == Severity::error ? "error" : "warning";
    std::string out = shown(source.name());
    if (issue.place.line != 0) out += fmt::format(":{}:{}", issue.place.line, issue.place.column);
    out += fmt::format(": {}: {}\n", severity, shown(issue.message));
    if (!source.line(issue.place.line).empty()) add_source_line(issue, source, out);
    if (!issue.remedy.empty()) out += "  remedy: " + shown(issue.remedy) + "\n";
    return out;
}

std::string to_text(const Issues& issues, const Source& source) {
    std::string out = all_of(issues, [&](const Issue& issue) { return to_text(issue, source); });
    const std::size_t found = issues.errors() + issues.warnings();
    if (found > issues.all().size()) {
        out += fmt::format("{}: {} more are not shown\n", shown(source.name()), found - issues.all().size());
    }
    return out;
}

std::string to_json(const Issue& issue, const Source& source) {
    std::string out = "{\"file\":";
    value::write_string(shown(source.name()), out);
    out += fmt::format(",\"line\":{},\"column\":{},\"offset\":{},\"length\":{},\"severity\":\"{}\",\"message\":",
                       issue.place.line, issue.place.column, issue.place.offset, issue.place.length,
                       issue.severity == Severity::error ? "error" : "warning");
    value::write_string(shown(issue.message), out);
    if (!issue.remedy.empty()) {
        out += ",\"remedy\":";
        value::write_string(shown(issue.remedy), out);
    }
    return out + "}\n";
}

std::string to_json(const Issues& issues, const Source& source) {
    return all_of(issues, [&](const Issue& issue) { return to_json(issue, source); });
}

std::string count_line(const Issues& issues, const Source& source) {
    if (issues.errors() + issues.warnings() == 0) return {};
    std::string out = shown(source.name()) + ": ";
    if (issues.errors() > 0) out += counted(issues.errors(), "error");
    if (issues.errors() > 0 && issues.warnings() > 0) out += ", ";
    if (issues.warnings() > 0) out += counted(issues.warnings(), "warning");
    return out + "\n";
}

std::string ok_line(const Source& source) { return shown(source.name()) + ": ok\n"; }

}  // namespace flowrun::flow
