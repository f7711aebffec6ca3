#include "flow/comments.hh"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "flow/quote.hh"

namespace flowrun::flow {

namespace {

constexpr auto npos = std::string_view::npos;

bool is_white(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::size_t line_end(std::string_view text, std::size_t at) {
    return std::min(text.find_first_of("\r\n", at), text.size());
}

}  // namespace

bool tell_glued_comment(const Source& source, std::size_t begin, std::size_t end, Issues& issues) {
    const std::string_view text = source.text();
    end = std::min(end, text.size());
    bool lost = false;
    for (std::size_t at = text.find('#', begin); at < end; at = text.find('#', line_end(text, at))) {
        if (at == 0 || is_white(text[at - 1])) continue;
        const char before = text[at - 1];
        if (std::string_view(",[]{}").find(before) == npos) continue;
        const std::size_t rest = line_end(text, at) - at;
        if (before == ']' || before == '}') {
            issues.error(source.place(at, 1), "not YAML: a comment begins after a blank",
                         "write a blank before the '#'");
            lost = lost || text.substr(at, rest).find_first_of("]}") != npos;
            continue;
        }
        const std::string_view word = text.substr(at, std::min(rest, text.find_first_of(" \t,[]{}", at) - at));
        issues.error(source.place(at, rest),
                     "not YAML: '#' begins a comment here, and what follows in this line is lost",
                     quote_it("", word) + "; if it is a comment write a blank before it");
        lost = true;
    }
    return lost;
}

std::string closed_in_comment(std::string_view text, std::size_t bracket, std::size_t end) {
    const char closing = text[bracket] == '{' ? '}' : ']';
    for (std::size_t at = bracket; (at = text.find(" #", at)) < end; at = line_end(text, at)) {
        const std::string_view comment = text.substr(at, line_end(text, at) - at);
        if (std::count(comment.begin(), comment.end(), closing) <=
            std::count(comment.begin(), comment.end(), text[bracket]))
            continue;
        const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
        const std::size_t from = at + 1;
        const std::string_view word = text.substr(from, text.find_first_of(" \t,[]{}\r\n", from) - from);
        return fmt::format("' #' in line {} begins a comment, which takes the '{}' along: {}", line, closing,
                           quote_it("", word));
    }
    return {};
}

}  // namespace flowrun::flow
