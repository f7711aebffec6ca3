#pragma once
// Why an evaluation failed. Lives in the arena of that evaluation.

#include <cstdint>
#include <string>
#include <string_view>

#include "expr/value.hh"

namespace flowrun::expr {

struct Failure {
    std::string_view message;  // no full stop; holds no secret
    std::uint32_t offset = 0;  // bytes from the start of the expression (of the scalar, for a Text)
    std::uint32_t length = 0;
    Value culprit = Value::absent();  // the value it choked on; absent: none to show
    std::uint32_t leaf = 0;           // of a Shape: the mark of the leaf
};

// One line: message, the piece of `text` that failed, and the value it choked on, shortened and without secrets.
std::string describe(const Failure& failure, std::string_view text);

}  // namespace flowrun::expr
