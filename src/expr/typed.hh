#pragma once
// Values as JSON that says their CEL type: {"int":"1"} {"uint":"1"} {"double":"1.5"} {"string":"a"} {"bytes":"base64"}
// {"bool":true} {"null":null} {"list":[…]} {"map":[[key,value],…]} {"type":"int"}
// {"timestamp":{"seconds":"1","nanos":0}} {"duration":{"seconds":"1","nanos":0}} {"optional":value or null}
// {"secret":"***"}.

#include <expected>
#include <string>
#include <string_view>

#include "base/arena.hh"
#include "expr/frame.hh"
#include "expr/value.hh"
#include "value/node.hh"

namespace flowrun::expr {

// The value must be writable (convert.hh).
void write_typed(const Value& value, std::string& out);
// Text is borrowed from the node, the rest from the arena.
std::expected<Value, std::string> read_typed(const value::Node& node, Arena& arena);

// Answers one line of a set of cases, `{"expr": "…", "bindings": {name: typed value}}` (other keys are ignored):
// appends {"value":typed} or {"error":"…"} to `out`, without a newline. Compiled with Checking::lenient unless
// `strict`.
void answer_case(std::string_view line, Surroundings* surroundings, bool strict, std::string& out);

}  // namespace flowrun::expr
