#pragma once
// What people who come from other languages write, and how it is written here. Remedies only: nothing is understood
// that is not said in flowrun-expr(7).

#include <cstddef>
#include <string_view>

namespace flowrun::expr {

struct Foreign {
    std::string_view text;    // empty: nothing is known
    std::string_view remedy;  // how it is written here
};

// The sign that `rest` begins with, such as `=~`.
Foreign foreign_sign(std::string_view rest);
// A word between two values, such as `and`.
Foreign foreign_operator(std::string_view word);
// A variable or constant, such as `None` or `payload`. Those for the message only where `message` is there.
Foreign foreign_name(std::string_view name, bool message);
// A function, such as `len`.
Foreign foreign_function(std::string_view name);

}  // namespace flowrun::expr
