#pragma once
// What an author did by which a text is no YAML, or another YAML than was meant: the cause, where a parser tells what
// came of it, often some lines later.

#include <cstddef>
#include <string>

namespace flowrun::flow {

struct Mistake {
    std::size_t at = 0, length = 1;
    std::string message, remedy;
    // It is one in whatever document; the others are causes of a failure only where a parser has failed.
    bool certain = false;
};

}  // namespace flowrun::flow
