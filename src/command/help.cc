#include <string>
#include <vector>

#include "command/say.hh"
#include "command/verb.hh"
#include "flow/suggest.hh"

namespace flowrun::command {

namespace {

Exit run(const Words& words) {
    if (words.rest.empty()) return put(overview());
    if (words.rest.size() > 1) return misused(help_verb, "one verb at a time");
    if (const Verb* verb = find_verb(words.rest[0])) return put(help_of(*verb));
    std::vector<std::string_view> names;
    for (const Verb* verb : verbs()) names.push_back(verb->name);
    return misused(help_verb, "there is no verb '" + words.rest[0] + "'; " + flow::suggest(words.rest[0], names));
}

}  // namespace

const Verb help_verb = {
    .name = "help",
    .summary = "tell about a verb",
    .words = "[VERB]",
    .about = "Prints what verbs there are, or all about one.",
    .options = {},
    .examples =
        "  flowrun help\n"
        "  flowrun help run\n",
    .run = run,
};

}  // namespace flowrun::command
