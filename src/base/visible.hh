#pragma once
// Text for people, made safe to show: what could disturb a terminal, or make a text look like another, is escaped. Used for
// whatever may hold others' words: logs, errors, names, paths, traces, descriptions.

#include <cstddef>
#include <string>
#include <string_view>

namespace flowrun {

struct CodePoint {
    static constexpr char32_t bad = 0xFFFFFFFF;
    char32_t code = bad;
    std::size_t size = 1;  // bytes
};
// The first of a text that is not empty. Of what is not UTF-8, one byte as `bad`.
CodePoint first_code_point(std::string_view text);

// Controls (C0, DEL, C1), the separators of lines and paragraphs, and the marks that turn the direction of text.
bool disturbs(char32_t code);

// With \n, \r, \t, \x1b, \u202e and \xff in place of what disturbs and of bytes that are not UTF-8, but for the characters of
// `kept`, such as "\n" in a text of several lines. Harmless a second time.
std::string visible(std::string_view text, std::string_view kept = {});

// What somebody gave as text, made UTF-8: bad bytes become \xff. At most `most` bytes, those included that tell how much was
// cut off, so that it stays as it is a second time. `unseen`: of a text of which this is the beginning, the rest.
std::string as_utf8(std::string_view text, std::size_t most = std::string_view::npos, std::size_t unseen = 0);

}  // namespace flowrun
