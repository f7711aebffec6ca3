#pragma once
// A step of a compiled program. Ops form a tree; each is immutable and run by many threads at once.

#include <cstdint>
#include <memory>

#include "expr/value.hh"

namespace flowrun::expr {

struct Context;

class Op {
public:
    virtual ~Op() = default;
    Op() = default;
    Op(const Op&) = delete;
    Op& operator=(const Op&) = delete;

    // The value, or one of Kind::error.
    virtual Value run(Context& context) const = 0;

    std::uint32_t mark = 0;  // where its failures point, in the text
    std::uint32_t mark_length = 0;
    std::uint32_t begin = 0;  // the whole sub-expression, likewise
    std::uint32_t size = 0;
};

using OpPtr = std::unique_ptr<Op>;

}  // namespace flowrun::expr
