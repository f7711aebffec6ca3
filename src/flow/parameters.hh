#pragma once
// The values of a flow's parameters and environment: given on the command line, defaulted, or, of secrets, fetched.

#include <functional>
#include <optional>
#include <string>

#include "flow/arguments.hh"
#include "flow/constants.hh"
#include "flow/expression_compiler.hh"
#include "flow/flow.hh"

namespace flowrun::flow {

using Environment = std::function<std::optional<std::string>(const std::string&)>;

// The names and types alone: what ExpressionCompiler is made of.
Constants declared(const Flow& flow);

// Fills in the values, and tells what is missing, unknown or of the wrong type. A secret's argument is where it comes from
// (env:NAME or file:PATH), never the secret.
void set_parameters(const Flow& flow, const Arguments& arguments, const Environment& environment, Constants& constants,
                    ExpressionCompiler& expressions);

}  // namespace flowrun::flow
