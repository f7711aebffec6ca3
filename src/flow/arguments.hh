#pragma once
// Parameters as the user gives them: `name=value` on the command line or after --set.

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace flowrun::flow {

struct Argument {
    std::string name;
    std::string value;  // source text; the parameter's declared type reads it
};
// In the order given; of one name the last wins.
using Arguments = std::vector<Argument>;

// "region=EU"; the value may be empty and may hold further '='. The error is a message for people.
std::expected<Argument, std::string> argument_of(std::string_view text);

}  // namespace flowrun::flow
