#pragma once
// How an expression came to its result: the tree of its sub-expressions, each with what it gave. For people: it
// compiles the expression anew, records every step, and is slow.

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "expr/frame.hh"
#include "expr/problem.hh"
#include "expr/scope.hh"
#include "expr/step.hh"

namespace flowrun::expr {

std::expected<Step, std::vector<Problem>> explain(std::string_view text, const Scope& scope, const Frame& frame);

// Indented lines: the sub-expression's text, an arrow, its result.
std::string to_text(const Step& step, std::string_view text);

}  // namespace flowrun::expr
