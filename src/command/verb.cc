#include "command/verb.hh"

#include <algorithm>
#include <array>
#include <csignal>
#include <exception>
#include <vector>

#include "base/memory_reserve.hh"
#include "command/first_process.hh"
#include "command/flow_file.hh"
#include "command/say.hh"
#include "command/standard.hh"
#include "command/unasked_end.hh"
#include "flow/suggest.hh"

namespace flowrun::command {

namespace {

constexpr std::array all_verbs = {&run_verb,  &check_verb, &list_verb,    &inspect_verb,
                                  &eval_verb, &queue_verb, &version_verb, &help_verb};

Exit unknown_verb(std::string_view word) {
    std::string text = "there is no verb '" + std::string(word) + "'";
    const bool is_flow = word.ends_with(".yaml") || word.ends_with(".yml") || word.find('/') != std::string_view::npos;
    if (is_flow) {
        text += "; did you mean 'flowrun run " + std::string(word) + "'?";
    } else {
        std::vector<std::string_view> names;
        for (const Verb* verb : all_verbs) names.push_back(verb->name);
        text += "; " + flow::suggest(word, names);
    }
    complain(text);
    return Exit::usage;
}

Exit obey(std::span<const std::string_view> words) {
    if (words.empty()) {
        put_error(overview());
        return Exit::usage;
    }
    std::string_view word = words.front();
    words = words.subspan(1);
    if (word == "--help" || word == "-h") word = help_verb.name;
    if (word == "--version" || word == "-V") word = version_verb.name;
    const Verb* verb = find_verb(word);
    if (verb == nullptr && word.starts_with('-')) {
        complain("options come behind the verb: flowrun VERB " + std::string(word) + "; see 'flowrun help'");
        return Exit::usage;
    }
    if (verb == nullptr) return unknown_verb(word);
    const auto parsed = parse(verb->options, words);
    if (!parsed) return misused(*verb, parsed.error());
    if (parsed->has("help")) return put(help_of(*verb));
    if (const auto missing = missing_plugin_folder(*parsed)) return misused(*verb, *missing);
    return verb->run(*parsed);
}

}  // namespace

std::span<const Verb* const> verbs() { return all_verbs; }

const Verb* find_verb(std::string_view name) {
    const auto found = std::ranges::find(all_verbs, name, [](const Verb* verb) { return verb->name; });
    return found == all_verbs.end() ? nullptr : *found;
}

std::string help_of(const Verb& verb) {
    std::string text = "flowrun " + std::string(verb.name);
    if (!verb.options.empty()) text += " [OPTION…]";
    if (!verb.words.empty()) text += " " + std::string(verb.words);
    text += "\n\n" + std::string(verb.about) + "\n\n" + help_of(verb.options);
    return text + "\nExamples:\n" + std::string(verb.examples);
}

std::string overview() {
    std::string text = "flowrun runs dataflows that are written in YAML.\n\n";
    for (const Verb* verb : all_verbs) {
        text += "  flowrun " + std::string(verb->name) + std::string(10 - verb->name.size(), ' ');
        text += std::string(verb->summary) + "\n";
    }
    return text + "\n'flowrun help VERB' tells more of a verb, 'man flowrun' all.\n";
}

Exit misused(const Verb& verb, std::string_view text) {
    complain(std::string(verb.name) + ": " + std::string(text));
    put_error("see 'flowrun help " + std::string(verb.name) + "'\n");
    return Exit::usage;
}

int main_of(int argc, char** argv) {
    MemoryReserve::keep();
    hold_standard_descriptors();
    reap_as_first_process();
    // A reader that went away is an error of the write, told by an exit code of its own.
    std::signal(SIGPIPE, SIG_IGN);
    watch_for_unasked_end();
    std::vector<std::string_view> words(argv + (argc > 0 ? 1 : 0), argv + argc);
    try {
        const Exit exit = obey(words);
        end_is_asked_for();
        return end_with(exit);
    } catch (const std::exception& error) {
        // Memory, descriptors or threads that the system does not give.
        end_is_asked_for();
        complain(std::string("cannot go on: ") + error.what());
        return code_of(Exit::unavailable);
    }
}

}  // namespace flowrun::command
