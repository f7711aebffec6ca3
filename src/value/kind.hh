#pragma once
// The kinds of values.

#include <cstdint>

namespace flowrun::value {

enum class Kind : std::uint8_t {  // the numbers of flowrun/value.h
    null = 0,
    boolean = 1,
    integer = 2,    // fits int64
    unsigned_ = 3,  // fits uint64 and not int64
    real = 4,       // has a fraction or an exponent, and is within double's range
    number = 5,     // a number beyond int64, uint64 and double: text only
    string = 6,
    bytes = 7,
    list = 8,
    map = 9,
};

}  // namespace flowrun::value
