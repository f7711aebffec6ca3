#pragma once
// The end of a text that may be without one.

#include <cstddef>
#include <string>
#include <string_view>

namespace flowrun::core::exec {

class Tail {
public:
    static constexpr std::size_t most = 4096;

    void append(std::string_view text) {
        if (text.size() >= most) {
            text_.assign(text.substr(text.size() - most));
            return;
        }
        text_.append(text);
        // Cut now and then only, so that a flood of small pieces is not moved each time.
        if (text_.size() > 4 * most) text_.erase(0, text_.size() - most);
    }
    // The end of the text, as utf8_of() gives it.
    std::string text() const;
    // The last line that is not blank.
    std::string last_line() const;

private:
    std::string text_;
};

// Bytes as UTF-8; a byte that belongs to no character becomes U+FFFD.
std::string utf8_of(std::string_view bytes);

}  // namespace flowrun::core::exec
