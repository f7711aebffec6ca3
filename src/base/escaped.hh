#pragma once
// A text as other programs write it within their own: quoted for JSON or a shell, encoded for a URL or for HTML, each
// character by itself or not, and more than once.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace flowrun {

class Escaped {
public:
    explicit Escaped(std::string_view text);

    // Where it ends in `text` when it begins there at `at`; npos: it does not.
    std::size_t end_in(std::string_view text, std::size_t at) const;
    // Whether it can begin with this byte.
    bool begins_with(char c) const;

private:
    struct Character {
        std::string bytes;       // UTF-8; of what is none, one byte
        std::uint32_t code = 0;  // beyond Unicode: it is no character
    };

    std::vector<Character> characters_;
};

}  // namespace flowrun
