#pragma once
// A line that was to be `key: value`, or `- element`, and is not quite.

#include <cstddef>
#include <string>
#include <string_view>

namespace flowrun::flow {

struct Slip {
    std::size_t at = 0, length = 0;  // within the text; length 0: nothing is found
    std::string message, remedy;
    std::string_view name = {};  // of the key, where one is known; into the text
};

// `own_line`: the text is a line of its own, and so was to be a key, whatever it looks like.
Slip slip_in(std::string_view text, bool own_line);

}  // namespace flowrun::flow
