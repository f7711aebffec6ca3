#pragma once
// A verb of the command line: `flowrun run …`. One file a verb, its options with it.

#include <span>
#include <string>
#include <string_view>

#include "command/exit.hh"
#include "command/options.hh"

namespace flowrun::command {

struct Verb {
    std::string_view name;
    std::string_view summary;  // for the list of verbs
    std::string_view words;    // behind the name in the usage line: "FLOW [NAME=VALUE…]"
    std::string_view about;    // what it does; a line or a few
    std::span<const Option> options;
    std::string_view examples;  // two, each line indented by two
    Exit (*run)(const Words& words);
};

extern const Verb run_verb, check_verb, list_verb, inspect_verb, eval_verb, queue_verb, version_verb, help_verb;

// All, in the order of the list.
std::span<const Verb* const> verbs();
const Verb* find_verb(std::string_view name);

// What `flowrun help VERB` and `flowrun VERB --help` print.
std::string help_of(const Verb& verb);
// What `flowrun help` prints.
std::string overview();

// Complains of the command line and of how to learn about the verb; gives usage.
Exit misused(const Verb& verb, std::string_view text);

// The whole program.
int main_of(int argc, char** argv);

}  // namespace flowrun::command
