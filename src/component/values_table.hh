#pragma once
// Values as plugins see them: the table of flowrun/value.h over value::Node, Reader, Builder and Path.
//
// A `const flowrun_value *` is a `const value::Node *`; retain and release count references on value::Value documents.

#include <flowrun/value.h>

#include "value/node.hh"

namespace flowrun::component {

// The one table; lives as long as the process.
const flowrun_values& values_table();

inline const flowrun_value* to_c(const value::Node* node) { return reinterpret_cast<const flowrun_value*>(node); }
inline const value::Node* from_c(const flowrun_value* v) { return reinterpret_cast<const value::Node*>(v); }

}  // namespace flowrun::component
