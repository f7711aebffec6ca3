#pragma once
// From YAML text to a Flow. Everything that can be told from the text alone is checked here: YAML itself, keys, types,
// units, the notations of edges and what YAML would eat silently. Names of nodes, components, ports, settings,
// parameters and expressions are check's (check.hh).
//
// Beyond the limits of limits.hh, or more than one document: an error.

#include "flow/flow.hh"
#include "flow/issue.hh"
#include "flow/limits.hh"
#include "flow/source.hh"

namespace flowrun::flow {

struct Reading {
    Flow flow;  // what could be understood; whole only when there are no errors
    Issues issues;
    bool all_edges = true;  // false: some edge could not be understood, so that what it reached is not known
    bool whole = false;     // false: the text is no YAML map, nothing more can be said about it
};

Reading read(const Source& source);

}  // namespace flowrun::flow
