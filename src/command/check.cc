#include <string>
#include <vector>

#include "command/flow_file.hh"
#include "command/say.hh"
#include "command/servers.hh"
#include "command/verb.hh"
#include "flow/report.hh"

namespace flowrun::command {

namespace {

constexpr Option options[] = {
    {.name = "format", .value = "text|json", .help = "for people (the default), or one JSON object a line for tools"},
    {.name = "set", .value = "NAME=VALUE", .help = "a parameter, as NAME=VALUE alone"},
    {.name = "connect", .help = "ask the servers of its queues as well"},
    only_option,
    leave_option,
    plugin_path_option,
};

struct Request {
    std::vector<std::string> flows;
    flow::Arguments arguments;
    bool json = false, connect = false;
};

std::expected<Request, std::string> request_of(const Words& words) {
    Request request;
    const auto add = [&request](const std::string& text) -> std::string {
        auto argument = flow::argument_of(text);
        if (!argument) return argument.error();
        request.arguments.push_back(std::move(*argument));
        return {};
    };
    for (const std::string& word : words.rest) {
        // A flow whose path holds '=' is named with a slash before it: ./a=b.yaml
        const bool is_argument = word.find('=') != std::string::npos && word.find('/') > word.find('=');
        if (!is_argument) request.flows.push_back(word);
        if (is_argument) {
            if (std::string wrong = add(word); !wrong.empty()) return std::unexpected(wrong);
        }
    }
    for (const Words::Given& given : words.options) {
        if (given.option->name != "set") continue;
        if (std::string wrong = add(given.value); !wrong.empty()) return std::unexpected(wrong);
    }
    if (const auto* format = words.find("format")) {
        if (format->value != "text" && format->value != "json") {
            return std::unexpected("--format=" + format->value + ": use text or json");
        }
        request.json = format->value == "json";
    }
    request.connect = words.find("connect") != nullptr;
    if (request.flows.empty()) return std::unexpected("name a flow, or - for standard input");
    return request;
}

// What tools read, and that a flow is good, goes to stdout; what people are told of mistakes to stderr, as `run` does.
Exit tell(const FlowFile& file, bool json) {
    const flow::Issues& issues = file.checked.issues;
    if (json) return put(flow::to_json(issues, file.source));
    put_error(flow::to_text(issues, file.source) + flow::count_line(issues, file.source));
    return file.checked.ok() ? put(flow::ok_line(file.source)) : Exit::ok;
}

Exit run(const Words& words) {
    const auto request = request_of(words);
    if (!request) return misused(check_verb, request.error());
    auto selection = selection_of(words);
    if (!selection) return misused(check_verb, selection.error());
    flow::CheckOptions how;
    how.look_into_queues = true;
    how.selection = std::move(*selection);
    Exit exit = Exit::ok;
    for (const std::string& path : request->flows) {
        auto file = load(path, request->arguments, plugin_path_of(words), how);
        if (!file) {
            complain(file.error());
            exit = graver(exit, Exit::unavailable);
            continue;
        }
        if (request->connect) ask_servers(*file);
        exit = graver(exit, tell(*file, request->json));
        exit = graver(exit, exit_of(*file));
    }
    return exit;
}

}  // namespace

const Verb check_verb = {
    .name = "check",
    .summary = "tell every mistake in a flow",
    .words = "FLOW… [NAME=VALUE…]",
    .about =
        "Tells every mistake in a flow, in order, with its place and a remedy: exactly what would\n"
        "keep 'flowrun run' from running it. The flow itself is not run. FLOW may be - for stdin.\n"
        "With --connect the servers are asked in which its queues lie: whether they are there, and set up\n"
        "for what the flow wants of them.",
    .options = options,
    .examples =
        "  flowrun check orders.yaml\n"
        "  flowrun check --format=json flows/*.yaml | jq -r .message\n",
    .run = run,
};

}  // namespace flowrun::command
