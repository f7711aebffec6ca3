#pragma once
// White space between the tokens of JSON text.

namespace flowrun::value {

[[gnu::always_inline]] inline bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

struct Gap {
    const char* next;   // the first byte that is no white space, or the end
    const char* lines;  // a line break on the way, the last or one near it; nullptr: there was none
};
Gap skip_space(const char* p, const char* end);

}  // namespace flowrun::value
