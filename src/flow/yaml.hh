#pragma once
// The source as a Tree: the only place that knows the YAML library.

#include "flow/issue.hh"
#include "flow/source.hh"
#include "flow/tree.hh"

namespace flowrun::flow {

// Kind none, and errors, when the text is no YAML, breaks a limit (limits.hh) or is not exactly one document. Refused as
// well, with a Tree as if they were not there: duplicate keys (the first stands), keys that are no scalars, tags, aliases
// of what contains them.
Tree read_yaml(const Source& source, Issues& issues);

}  // namespace flowrun::flow
