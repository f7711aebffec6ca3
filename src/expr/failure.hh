#pragma once
// Why an evaluation failed. Lives in the arena of the evaluation.

#include <cstdint>
#include <string_view>

#include "expr/value.hh"

namespace flowrun::expr {

struct Failure {
    std::string_view message;  // no full stop; holds no secret
    std::uint32_t offset = 0;  // bytes from the start of the expression (of the scalar, for a Text)
    std::uint32_t length = 0;
    std::uint32_t begin = 0;  // the sub-expression that failed, likewise; size 0: not one part more than another
    std::uint32_t size = 0;
    const Value* culprits = nullptr;  // the values that did not suit, in the order they stand; none: nothing to show
    std::uint32_t culprit_count = 0;
    std::uint32_t leaf = 0;  // of a ValueTemplate: the mark of the leaf
};

}  // namespace flowrun::expr
