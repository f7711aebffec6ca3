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
//
// `signal`: what told it to stop; 0: nothing did.
std::string summary_text(const std::string& flow, const engine::Outcome& outcome, Exit exit, int signal = 0);

// One JSON object and a line feed: flow, exit (what a shell sees, ending_of), outcome, signal (its name, or null), took_ns,
// messages, raised, root_failed, edges (edge, mode and each column), left.
std::string summary_json(const std::string& flow, const engine::Outcome& outcome, Exit exit, int signal = 0);

}  // namespace flowrun::command
