#pragma once
// A run's account, for people and for tools.

#include <string>
#include <vector>

#include "command/exit.hh"
#include "engine/run/runner.hh"

namespace flowrun::command {

// One line on how it ended, then an aligned table of the edges with the columns in which there is something:
//
//   orders: failed after 3.21s, 4000 messages
//     edge                accepted    ok  failed
//     orders -> details       4000  4000       0
std::string summary_text(const std::string& flow, const engine::Outcome& outcome, Exit exit);

// One JSON object and a line feed: flow, exit, outcome, took_ns, messages, raised, root_failed, edges (edge, mode and
// each column), left.
std::string summary_json(const std::string& flow, const engine::Outcome& outcome, Exit exit);

}  // namespace flowrun::command
