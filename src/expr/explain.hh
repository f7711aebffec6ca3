#pragma once
// How an expression came to its result: the tree of its sub-expressions, each with what it gave. For people: it
// compiles the expression anew, records every step, and is slow.

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "expr/frame.hh"
#include "expr/problem.hh"
#include "expr/scope.hh"

namespace flowrun::expr {

struct Step {
    std::uint32_t offset = 0;  // of the sub-expression in the text
    std::uint32_t length = 0;
    std::vector<std::string>
        results;  // as to_display or "error: …"; one for each time it ran (the first few), none: never
    std::uint64_t times = 0;
    std::vector<Step> parts;
};

std::expected<Step, std::vector<Problem>> explain(std::string_view text, const Scope& scope, const Frame& frame);

// Indented lines: the sub-expression's text, an arrow, its result.
std::string to_text(const Step& step, std::string_view text);

}  // namespace flowrun::expr
