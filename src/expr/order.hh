#pragma once
// Equality and order of values, as the language defines them: numbers by their value whatever their type, everything
// else only with its own type.

#include <cstdint>

#include "expr/context.hh"
#include "expr/value.hh"

namespace flowrun::expr {

enum class Order : std::uint8_t {
    less,
    equal,
    greater,
    unordered,  // a NaN is among them
    foreign,    // these types have no order
    secret,     // one is a secret
    number,     // one is a number beyond 64 bits and double
};

// Of numbers: an int or uint beside a double is compared as a double.
Order compare_numbers(const Value& a, const Value& b);
Order compare(const Value& a, const Value& b);

// Deep; a secret equals nothing. What it costs counts as steps; when they run out the answer is false and the
// context exhausted, which the caller has to look at.
bool equal(Context& context, const Value& a, const Value& b);

}  // namespace flowrun::expr
