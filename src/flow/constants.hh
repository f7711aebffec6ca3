#pragma once
// What stays the same for a whole run and expressions may read: parameters and environment variables.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "expr/flow_scope.hh"
#include "expr/frame.hh"
#include "expr/value.hh"
#include "flow/flow.hh"
#include "value/value.hh"

namespace flowrun::flow {

// A parameter's value. A duration is held in nanoseconds, a size in bytes; a secret as its text.
struct ParamValue {
    ParamType type = ParamType::string;
    value::Value value;  // empty: has none (then reading it is an error)

    expr::Value seen() const;  // as expressions see it: a duration as such, a secret as such. Borrows from this.
};

struct Constants {
    expr::FlowNames names;                        // in the order of Flow::params and Flow::env
    std::vector<ParamValue> params;               // by parameter
    std::vector<std::optional<std::string>> env;  // by variable; nothing: not set
    std::vector<std::string> secret_variables;    // of the environment: those that secrets may come from

    // Sets the slots of parameters and environment. The frame borrows from this.
    void fill(expr::Frame& frame) const;
};

}  // namespace flowrun::flow
