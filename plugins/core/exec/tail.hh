#pragma once
// The end of a text that may be without one, without secrets that the cut goes through.

#include <flowrun/ext/secrets.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace flowrun::core::exec {

class Tail {
public:
    Tail() = default;
    // Null: nobody knows of secrets.
    explicit Tail(const flowrun_secrets* secrets) : secrets_(secrets) {}

    static constexpr std::size_t most = 4096;

    void append(std::string_view text) {
        // Twice as much as is told, so that the cut lies before that; and cut now and then only, so that a flood of small
        // pieces is not moved each time.
        text_.append(text.substr(text.size() - std::min(text.size(), kept)));
        if (text_.size() > 2 * kept) text_.erase(0, text_.size() - kept);
    }
    // The end of the text, as utf8_of() gives it.
    std::string text() const;
    // The last line that is not blank.
    std::string last_line() const;

private:
    static constexpr std::size_t kept = 2 * most;

    const flowrun_secrets* secrets_ = nullptr;
    std::string text_;
};

// Bytes as UTF-8; a byte that belongs to no character becomes U+FFFD.
std::string utf8_of(std::string_view bytes);

}  // namespace flowrun::core::exec
