#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <expected>
#include <functional>
#include <string>
#include <utility>

#include "base/machine.hh"
#include "command/evaluation.hh"
#include "command/flow_file.hh"
#include "command/lines.hh"
#include "command/say.hh"
#include "command/verb.hh"
#include "expr/typed.hh"
#include "expr/world_surroundings.hh"
#include "trace/sink.hh"

namespace flowrun::command {

namespace {

constexpr Option options[] = {
    {.name = "null-input", .letter = 'n', .help = "read nothing: there is no msg, and one result"},
    {.name = "filter", .letter = 'f', .help = "print the messages for which EXPR is true, as they were read"},
    {.name = "raw", .letter = 'r', .help = "print strings without quotes and escapes"},
    {.name = "typed", .help = "print results with their types: {\"int\":\"1\"}"},
    {.name = "explain", .help = "print every sub-expression with its result"},
    {.name = "arg", .value = "NAME=VALUE", .help = "a variable that holds a string; may be given more than once"},
    {.name = "from-file", .value = "FILE", .help = "read EXPR from a file"},
    {.name = "cases", .help = "answer lines {\"expr\": …, \"bindings\": {NAME: typed value}}"},
};

constexpr std::size_t block_bytes = std::size_t{64} << 10;
constexpr std::uint64_t most_shown = 20;  // failures; the rest is counted

struct Request {
    std::string text;
    flow::Arguments arguments;
    Print print = Print::json;
    bool null_input = false, cases = false;
};

std::expected<Request, std::string> request_of(const Words& words) {
    Request request;
    request.null_input = words.has("null-input");
    request.cases = words.has("cases");
    constexpr std::array prints = {std::pair{"filter", Print::filter}, std::pair{"raw", Print::raw},
                                   std::pair{"typed", Print::typed}, std::pair{"explain", Print::explain}};
    std::string said;
    for (const auto& [name, print] : prints) {
        if (!words.has(name)) continue;
        if (!said.empty()) return std::unexpected(said + " and --" + name + " contradict");
        said = std::string("--") + name;
        request.print = print;
    }
    if (request.cases && std::any_of(words.options.begin(), words.options.end(),
                                     [](const Words::Given& given) { return given.option->name != "cases"; })) {
        return std::unexpected("--cases stands alone: each line has its expression and its variables");
    }
    if (request.print == Print::filter && request.null_input) {
        return std::unexpected("--filter and --null-input contradict: there is no message to print");
    }
    for (const Words::Given& given : words.options) {
        if (given.option->name != "arg") continue;
        auto argument = flow::argument_of(given.value);
        if (!argument) return std::unexpected("--arg: " + argument.error());
        request.arguments.push_back(std::move(*argument));
    }
    const bool from_elsewhere = request.cases || words.has("from-file");
    if (words.rest.size() > (from_elsewhere ? 0u : 1u)) {
        return std::unexpected(fmt::format("'{}' is one word too many; quote the expression", words.rest.back()));
    }
    if (!from_elsewhere && words.rest.empty()) return std::unexpected("name an expression");
    if (!from_elsewhere) request.text = words.rest.front();
    return request;
}

// stdout, in blocks.
class Output {
public:
    std::string& text() { return text_; }
    bool flush() {
        const bool written = sink_.write(text_);
        text_.clear();
        return written;
    }
    // False when there is no use in going on.
    bool make_room() { return (text_.size() < block_bytes || flush()) && sink_.failure() == 0; }
    Exit end() {
        flush();
        if (sink_.failure() == 0) return Exit::ok;
        if (sink_.failure() == EPIPE) return Exit::reader_gone;
        complain(std::string("cannot write to stdout: ") + std::strerror(sink_.failure()));
        return Exit::failed;
    }

private:
    trace::Sink sink_{STDOUT_FILENO};
    std::string text_;
};

using Answer = std::function<std::expected<void, std::string>(std::string_view line, std::string& out)>;

// Every line, answered; unless `blank` those that say nothing are passed over.
Exit over_lines(bool blank, const Answer& answer) {
    Output output;
    Lines lines(STDIN_FILENO, [&output] { output.flush(); });
    std::uint64_t failures = 0;
    while (const auto line = lines.next()) {
        if (!blank && line->find_first_not_of(" \t") == std::string_view::npos) continue;
        const auto answered = answer(*line, output.text());
        if (!answered && ++failures <= most_shown) {
            output.flush();
            complain(fmt::format("line {}: {}", lines.number(), answered.error()));
        }
        if (!output.make_room()) break;
    }
    if (failures > most_shown) complain(fmt::format("and {} more lines failed", failures - most_shown));
    Exit exit = output.end();
    if (lines.failure() != 0) {
        complain(std::string("cannot read stdin: ") + std::strerror(lines.failure()));
        exit = graver(exit, Exit::unavailable);
    }
    return failures > 0 ? graver(exit, Exit::failed) : exit;
}

Exit evaluate(Evaluation& evaluation, bool null_input) {
    if (!null_input) {
        return over_lines(false,
                          [&](std::string_view line, std::string& out) { return evaluation.message(line, out); });
    }
    std::string out;
    if (const auto done = evaluation.alone(out); !done) {
        complain(done.error());
        return Exit::failed;
    }
    return put(out);
}

Exit run(const Words& words) {
    auto request = request_of(words);
    if (!request) return misused(eval_verb, request.error());
    Machine machine;
    expr::WorldSurroundings surroundings(machine);
    if (request->cases) {
        return over_lines(true, [&](std::string_view line, std::string& out) -> std::expected<void, std::string> {
            expr::answer_case(line, &surroundings, false, out);
            out += '\n';
            return {};
        });
    }
    if (const auto* file = words.find("from-file")) {
        auto text = text_of(file->value);
        if (!text) {
            complain(text.error());
            return Exit::unavailable;
        }
        request->text = std::move(*text);
    }
    auto evaluation = Evaluation::make(std::move(request->text), request->arguments, !request->null_input,
                                       request->print, surroundings);
    if (evaluation) return evaluate(*evaluation, request->null_input);
    put_error(evaluation.error());
    return Exit::usage;
}

}  // namespace

const Verb eval_verb = {
    .name = "eval",
    .summary = "evaluate an expression over lines of JSON",
    .words = "[EXPR]",
    .about =
        "Evaluates a CEL expression for each line of JSON on stdin, which it sees as msg, and prints\n"
        "each result as a line of JSON. An empty optional prints nothing.",
    .options = options,
    .examples =
        "  flowrun eval '{\"id\": msg.id, \"names\": msg.items.map(i, i.name)}' <orders.ndjson\n"
        "  flowrun eval --filter \"msg.status == 'paid' && msg.total > 100\" <orders.ndjson\n",
    .run = run,
};

}  // namespace flowrun::command
