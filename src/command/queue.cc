// `flowrun queue …`: what lies in durable queues, and what can be done with it.
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "base/machine.hh"
#include "command/flow_file.hh"
#include "command/item_lines.hh"
#include "command/queue_audit.hh"
#include "command/queue_exchange.hh"
#include "command/queue_selection.hh"
#include "command/say.hh"
#include "command/stored_queues.hh"
#include "command/verb.hh"
#include "expr/world_surroundings.hh"
#include "flow/arguments.hh"
#include "flow/queues.hh"
#include "flow/suggest.hh"
#include "value/json.hh"

namespace flowrun::command {
namespace {

constexpr Option options[] = {
    {.name = "dead", .help = "of the dead letters instead of the messages that wait"},
    {.name = "count", .letter = 'n', .value = "N", .help = "at most so many (peek: 10)"},
    {.name = "id", .value = "ID", .help = "the message of this id; may be given more than once"},
    {.name = "older", .value = "TIME", .help = "those that were accepted longer ago, as 1h"},
    {.name = "where", .value = "EXPR", .help = "those for which it is true; msg is the line that peek prints"},
    {.name = "yes", .letter = 'y', .help = "do it; without it replay, move, drop and drain say what they would do"},
    {.name = "format", .value = "text|json", .help = "of ls, audit: a table (the default), or one JSON object a queue"},
    plugin_path_option,
};

constexpr std::uint64_t all_of_them = std::numeric_limits<std::uint64_t>::max();

std::string age_of(std::int64_t oldest, std::int64_t now) {
    if (oldest == 0) return "-";
    const std::int64_t seconds = std::max<std::int64_t>(now - oldest, 0) / 1'000'000'000;
    if (seconds < 120) return fmt::format("{}s", seconds);
    if (seconds < 7200) return fmt::format("{}m", seconds / 60);
    if (seconds < 172800) return fmt::format("{}h", seconds / 3600);
    return fmt::format("{}d", seconds / 86400);
}

Exit list(const StoredQueues& queues, bool json, std::int64_t now) {
    std::string text;
    if (json) {
        for (const StoredQueue& queue : queues.all()) {
            const flowrun_queue_depth& d = queue.depth;
            text += R"({"queue":)";
            value::write_string(queue.name, text);
            text += R"(,"url":)";
            value::write_string(flow::without_password(queue.url), text);
            text += fmt::format(R"(,"waiting":{},"later":{},"dead":{},"bytes":{},"oldest_ns":{}}})", d.waiting, d.later,
                                d.dead, d.bytes, d.oldest == 0 ? 0 : std::max<std::int64_t>(now - d.oldest, 0));
            text += "\n";
        }
        return put(text);
    }
    std::size_t width = 5;
    for (const StoredQueue& queue : queues.all()) width = std::max(width, queue.name.size());
    text += fmt::format("{:<{}}  {:>8}  {:>8}  {:>6}  {:>10}  {:>6}\n", "queue", width, "waiting", "later", "dead",
                        "bytes", "oldest");
    for (const StoredQueue& queue : queues.all()) {
        const flowrun_queue_depth& d = queue.depth;
        text += fmt::format("{:<{}}  {:>8}  {:>8}  {:>6}  {:>10}  {:>6}\n", queue.name, width, d.waiting, d.later,
                            d.dead, d.bytes, age_of(d.oldest, now));
    }
    return put(text);
}

Exit peek(const StoredQueues& queues, Selection& selection) {
    Exit exit = Exit::ok;
    for (const StoredQueue& queue : queues.all()) {
        const auto seen = selection.each(queue, selection.most().value_or(10),
                                         [&](const auto&, const std::string& line) { exit = graver(exit, put(line)); });
        if (!seen) exit = graver(exit, told(seen.error()));
    }
    return graver(exit, selection.tell_of_failures());
}

struct Change {
    std::string_view verb, done;  // "drop", "dropped"
    std::string to;               // move: the other queue
};

// On a terminal somebody is there to be asked.
bool agreed(const std::string& question) {
    if (::isatty(STDIN_FILENO) == 0 || ::isatty(STDERR_FILENO) == 0) return false;
    put_error(question + " [y/N] ");
    std::string answer;
    std::getline(std::cin, answer);
    return answer == "y" || answer == "Y" || answer == "yes";
}

// Nothing without --yes or a yes: a mistake here costs messages.
Exit change(const StoredQueues& queues, Selection& selection, const Words& words, const Change& change) {
    Exit exit = Exit::ok;
    if (!change.to.empty() && queues.all().size() != 1) {
        return misused(queue_verb, "move takes the messages of one queue: name it, as sqlite:state/orders.db#NAME");
    }
    for (const StoredQueue& queue : queues.all()) {
        std::vector<std::uint64_t> numbers;
        const auto seen =
            selection.each(queue, selection.most().value_or(all_of_them),
                           [&](const flowrun_queue_item& item, const std::string&) { numbers.push_back(item.number); });
        if (!seen) return told(seen.error());
        const std::string what =
            fmt::format("{} {} '{}'", numbers.size(), selection.dead() ? "dead letters of" : "messages of", queue.name);
        if (!words.has("yes") && !agreed(fmt::format("{} {}?", change.verb, what))) {
            exit = graver(exit, put(fmt::format("would {} {}; say --yes to do it\n", change.verb, what)));
            continue;
        }
        const auto done = !change.to.empty()        ? queue.move(change.to, numbers)
                          : change.verb == "replay" ? queue.replay(numbers)
                                                    : queue.drop(selection.dead(), numbers);
        if (!done) return told(done.error());
        const auto kept = static_cast<std::int64_t>(numbers.size()) - *done;
        const std::string rest = kept <= 0 ? "" : fmt::format("; {} stay: out in a handler, damaged, or gone", kept);
        exit = graver(exit, put(fmt::format("{} {} of '{}'{}\n", change.done, *done, queue.name, rest)));
    }
    return graver(exit, selection.tell_of_failures());
}

Exit look(const StoredQueues& queues) {
    std::string text;
    const auto wrong = queues.look([&](std::string_view line) { text += std::string(line) + "\n"; });
    if (!wrong) return told(wrong.error());
    if (*wrong == 0) return put("nothing wrong\n");
    const Exit exit = put(text + fmt::format("{} wrong\n", *wrong));
    return graver(exit, Exit::failed);
}

// What the words behind the verb name.
struct Named {
    std::string where, to;
    flow::Arguments arguments;

    static std::expected<Named, std::string> of(const Words& words) {
        Named made;
        const bool moves = words.rest[0] == "move";
        if (words.rest.size() < 2) return std::unexpected("name a flow, or a queue's URL, as sqlite:state/orders.db");
        made.where = words.rest[1];
        bool to_given = false;
        for (std::size_t i = 2; i < words.rest.size(); ++i) {
            const std::string& word = words.rest[i];
            if (moves && !std::exchange(to_given, true)) {
                made.to = word;
                continue;
            }
            auto argument = flow::argument_of(word);
            if (!argument) return std::unexpected("'" + word + "' is one word too many");
            made.arguments.push_back(std::move(*argument));
        }
        if (!moves) return made;
        if (made.to.empty()) return std::unexpected("name the queue that they go to behind the other");
        if (made.to.find(':') != std::string::npos)
            return std::unexpected("'" + made.to + "' is no name of a queue in the same store");
        return made;
    }
};

Exit run(const Words& words) {
    static constexpr std::string_view verbs[] = {"ls",    "peek",   "replay", "move",  "drop",
                                                 "drain", "export", "import", "audit", "fsck"};
    if (words.rest.empty()) {
        return misused(queue_verb,
                       "say what to do: ls, peek, replay, move, drop, drain, export, import, audit or fsck");
    }
    const std::string& verb = words.rest[0];
    if (std::ranges::find(verbs, std::string_view(verb)) == std::end(verbs)) {
        return misused(queue_verb, "'" + verb + "' is nothing that can be done with a queue; " +
                                       flow::suggest(verb, std::span(verbs)));
    }
    auto named = Named::of(words);
    if (!named) return misused(queue_verb, named.error());
    Machine machine;
    expr::WorldSurroundings surroundings(machine);
    auto selection = Selection::of(words, surroundings, machine.wall());
    if (!selection) return misused(queue_verb, selection.error());
    const auto missing = verb == "import" ? StoredQueues::Missing::is_fine : StoredQueues::Missing::is_wrong;
    const auto queues = StoredQueues::at(named->where, named->arguments, plugin_path_of(words), missing);
    if (!queues) return told(queues.error());
    if (verb == "import" && queues->all().size() != 1) {
        return misused(queue_verb, "import puts messages into one queue: name it, as sqlite:state/orders.db#NAME");
    }
    if (verb == "import") return import_items(*queues, machine.wall());
    if (verb == "export") return export_items(*queues, *selection);
    if (verb == "drain") return drain_items(*queues, *selection, words.has("yes"));
    const auto* format = words.find("format");
    const bool json = format != nullptr && format->value == "json";
    if (verb == "ls") return list(*queues, json, machine.wall());
    if (verb == "peek") return peek(*queues, *selection);
    if (verb == "audit") return audit(*queues, json);
    if (verb == "fsck") return look(*queues);
    if (verb == "move") {
        if (selection->dead()) return misused(queue_verb, "dead letters go back by 'replay'");
        return change(*queues, *selection, words, {"move", "moved", named->to});
    }
    if (verb == "drop") return change(*queues, *selection, words, {"drop", "dropped", {}});
    selection->set_dead();
    return change(*queues, *selection, words, {"replay", "replayed", {}});
}

}  // namespace

const Verb queue_verb = {
    .name = "queue",
    .summary = "look into durable queues, and put them right",
    .words = "VERB FLOW|URL [TO] [NAME=VALUE…]",
    .about =
        "VERB is ls, peek, replay, move, drop, drain, export, import, audit or fsck.\n"
        "ls lists queues; peek prints messages that wait, or --dead letters, as JSON lines; replay puts\n"
        "dead letters back; move puts messages into the queue TO of the same store; drop throws them away;\n"
        "export prints them whole, drain takes them out as well, and import puts such lines from stdin in;\n"
        "audit says whether all that came in is accounted for; fsck reads every byte. URL is as in the\n"
        "flow, sqlite:state/orders.db, with #NAME for one queue.\n"
        "All work beside a run that has the store open.",
    .options = options,
    .examples =
        "  flowrun queue ls orders.yaml\n"
        "  flowrun queue replay sqlite:state/orders.db --where=\"msg.error.code == 'timeout'\" --yes\n",
    .run = run,
};

}  // namespace flowrun::command
