#pragma once
// A node's settings against its component's schema: values now where they can be had now, templates where a message is
// needed.

#include "flow/catalog.hh"
#include "flow/checked.hh"
#include "flow/expression_compiler.hh"
#include "flow/flow.hh"

namespace flowrun::flow {

// Fills `settings` and `per_message`. False, and told, when something is wrong; or, untold, when a setting needs a
// parameter whose own mistake has been told: then the settings are not whole.
bool resolve_settings(const NodeSpec& node, const ComponentInfo& component, ExpressionCompiler& expressions,
                      CheckedNode& out);

// The settings that resolve_settings() has found, with per-message ones as they were written: what ports may depend on.
value::Value as_written(const NodeSpec& node, const ComponentInfo& component, const CheckedNode& resolved);

}  // namespace flowrun::flow
