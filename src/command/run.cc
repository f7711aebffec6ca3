#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "base/machine.hh"
#include "base/standard_error.hh"
#include "command/complaints.hh"
#include "command/control_socket.hh"
#include "command/durable_queues.hh"
#include "command/flow_file.hh"
#include "command/held_signals.hh"
#include "command/interrupts.hh"
#include "command/lock.hh"
#include "command/queue_control.hh"
#include "command/run_request.hh"
#include "command/say.hh"
#include "command/summary.hh"
#include "command/trace_target.hh"
#include "command/tracing.hh"
#include "command/unasked_end.hh"
#include "command/verb.hh"
#include "engine/host/host.hh"
#include "engine/run/runner.hh"
#include "flow/report.hh"
#include "trace/context.hh"
#include "trace/ids.hh"

namespace flowrun::command {

namespace {

// With a reader of the trace who does not read, once the run was interrupted; and when it was cut short.
constexpr Duration patience = second, impatience = 200 * millisecond;

engine::Options options_of(const RunRequest& request) {
    engine::Options options;
    options.drain_timeout = request.drain_timeout;
    options.stall_after = request.stall_after;
    options.max_time = request.max_time;
    options.max_messages = request.max_messages;
    options.until_empty = request.until_empty;
    options.cores = std::max(1u, std::thread::hardware_concurrency());
    options.seed = trace::Ids().span();
    if (const char* parent = std::getenv("TRACEPARENT")) options.parent = trace::parse_traceparent(parent);
    return options;
}

std::optional<std::string> lock_path_of(const RunRequest& request, const flow::Flow& flow, Exit& exit) {
    if (!request.lock_path.empty()) return request.lock_path;
    if (!flow.lock.path.empty()) return flow.lock.path;
    if (request.flow == "-") {
        complain("a flow from standard input has no path to lock; name a file with --lock=PATH");
        exit = Exit::usage;
        return std::nullopt;
    }
    auto path = Lock::path_for(request.flow);
    if (path) return std::move(*path);
    complain(path.error());
    exit = Exit::unavailable;
    return std::nullopt;
}

// Nothing, and `exit` not ok: it could not be had. Nothing, and `exit` ok: none is wanted.
std::optional<Lock> lock_of(World& world, const RunRequest& request, const flow::Flow& flow, Exit& exit) {
    if (!request.lock && !flow.lock.wanted) return std::nullopt;
    const auto path = lock_path_of(request, flow, exit);
    if (!path) return std::nullopt;
    auto lock = Lock::take(world, *path, request.lock_wait);
    if (lock) return std::move(*lock);
    complain(lock.error().message);
    exit = lock.error().taken ? Exit::running : Exit::unavailable;
    return std::nullopt;
}

Exit tell(const std::vector<engine::StartFailure>& failures) {
    Exit exit = Exit::ok;
    for (const auto& [node, error] : failures) {
        const std::string whose = node.empty() ? "the run" : "node '" + node + "'";
        complain(whose + " could not be started: " + text_of(error));
        exit = graver(exit, error.code == Code::invalid ? Exit::flow : Exit::unavailable);
    }
    return exit;
}

Exit judge(const RunRequest& request, const engine::Outcome& outcome, const Interrupts& interrupts,
           Complaints& complaints, const Tracing& tracing) {
    Exit exit = Exit::ok;
    const bool reader_gone = outcome.stdout_closed || interrupts.reader_is_gone();
    // Of what failed only because its reader had gone the engine reports nothing.
    const bool failed = outcome.stdout_closed ? complaints.failures() > 0 : outcome.ledger.failed();
    if (outcome.starved || outcome.broken) exit = graver(exit, Exit::unavailable);
    if (outcome.timed_out) exit = graver(exit, Exit::time_up);
    const bool whole = outcome.drained && outcome.cut_short.empty();
    if (interrupts.signal() != 0 && !whole) exit = graver(exit, exit_of_signal(interrupts.signal()));
    if (failed || tracing.broken()) exit = graver(exit, Exit::failed);
    const bool dealt_with = outcome.ledger.handled != 0 || outcome.ledger.dropped() != 0;
    if (request.fail_on == FailOn::handled && dealt_with) exit = graver(exit, Exit::failed);
    return reader_gone ? graver(exit, Exit::reader_gone) : exit;
}

void sum_up(const RunRequest& request, const std::string& flow, const engine::Outcome& outcome, Exit exit, int signal) {
    const bool unasked_for = exit == Exit::reader_gone || (request.quiet && exit == Exit::ok);
    const Summary summary = request.summary.value_or(unasked_for ? Summary::off : Summary::text);
    if (request.quiet && exit == Exit::ok) return;
    if (summary == Summary::text) put_error(summary_text(flow, outcome, exit, signal));
    if (summary == Summary::json) put_error(summary_json(flow, outcome, exit, signal));
}

bool takes_signals(const flow::Checked& checked) {
    return std::any_of(checked.nodes.begin(), checked.nodes.end(), [](const flow::CheckedNode& node) {
        return !node.elsewhere && node.component != nullptr && node.component->takes_signals;
    });
}

// What is thrown says that the system gives no more memory, descriptors or threads. Threads of the run are in it still, so that
// nothing of it can be taken down.
engine::Outcome outcome_of(engine::Runner& runner, const std::function<void(Exit)>& last_words) {
    try {
        return runner.run();
    } catch (const std::exception& error) {
        end_is_asked_for();
        complain(std::string("cannot go on: ") + error.what());
        last_words(Exit::unavailable);
        ::_exit(code_of(Exit::unavailable));
    }
}

// The run itself, of a flow that is fit to be run.
Exit conduct(Machine& machine, Interrupts& interrupts, HeldSignals& held, const RunRequest& request,
             const FlowFile& file) {
    auto tracing = Tracing::make(machine, request, file.checked, [&interrupts] { interrupts.reader_gone(); });
    if (!tracing) {
        complain(tracing.error());
        return Exit::unavailable;
    }
    Complaints complaints(machine, request.quiet);
    const auto tables = [&file](const flow::ComponentInfo& c) -> const flowrun_component& {
        return file.catalog->table(c);
    };
    DurableQueues queues;
    if (const Exit exit = queues.open(machine, engine::host(), file, request.until_empty); exit != Exit::ok)
        return exit;
    QueueControl queue_control(machine);
    queues.offer(queue_control, file);
    engine::Options options = options_of(request);
    options.queues = queues.hand_over();
    options.letters = queues.hand_over_letters();
    engine::Runner runner(machine, file.checked, tables, (*tracing)->observer(), complaints, options);
    const auto last_words = [&](Exit exit) {
        StandardError::of_process().be_last();
        complaints.tell_last();
        sum_up(request, file.checked.flow.name, runner.so_far(), exit, interrupts.signal());
    };
    const LastWords account([&] { last_words(Exit::broken); });
    interrupts.begin(runner);
    if (const auto listening = interrupts.listen(machine, takes_signals(file.checked)); !listening) {
        complain(listening.error().message);
        interrupts.end();
        return Exit::unavailable;
    }
    const Exit started = tell(runner.create());
    held.deliver();
    if (started != Exit::ok) {
        interrupts.end();
        complaints.tell_rest();
        return started;
    }
    std::unique_ptr<ControlSocket> control;
    if (queue_control.any()) {
        const auto answer = [&queue_control](const value::Node& asked) { return queue_control.answer(asked); };
        control = ControlSocket::listen(machine, answer);
    }
    StandardError& to_people = StandardError::of_process();
    if (request.max_time != 0) to_people.be_patient_until(after(machine.now(), after(request.max_time, impatience)));
    const engine::Outcome outcome = outcome_of(runner, last_words);
    control.reset();
    interrupts.end();
    const bool hurry = interrupts.signal() != 0 || outcome.timed_out || outcome.hung;
    const Duration most = outcome.drained ? patience : impatience;
    if (hurry) to_people.be_patient_until(after(machine.now(), most));
    const bool traced = (*tracing)->finish(hurry ? after(machine.now(), most) : never);
    if (!traced) complain("the end of the trace is missing: its reader does not read");

    const Exit exit = judge(request, outcome, interrupts, complaints, **tracing);
    if (!request.quiet || exit != Exit::ok) complaints.tell_rest();
    sum_up(request, file.checked.flow.name, outcome, exit, interrupts.signal());
    if (exit != Exit::ok && exit != Exit::reader_gone)
        put_error((*tracing)->last(trace::colored(request.color, STDERR_FILENO)));
    const Exit ending = ending_of(exit, interrupts.signal());
    // Threads that are still in foreign code, or held up by a reader, use all that would be taken down here.
    if (outcome.hung || !traced) ::_exit(end_with(ending));
    runner.leave_memory();
    return ending;
}

Exit run(const Words& words) {
    HeldSignals held;
    const auto request = request_of(words);
    if (!request) return misused(run_verb, request.error());
    flow::CheckOptions options;
    options.drain_timeout = request->drain_timeout;
    options.before_run = options.look_into_queues = true;
    options.selection = request->selection;
    const auto file = load(request->flow, request->arguments, request->plugin_path, options);
    if (!file) {
        complain(file.error());
        return Exit::unavailable;
    }
    const auto overwritten = trace_overwrites(request->trace_to, request->flow, file->checked);
    if (overwritten) return misused(run_verb, *overwritten);
    if (!takes_signals(file->checked)) held.release();
    const bool fit = file->checked.ok();
    if (!fit || !request->quiet) put_error(flow::to_text(file->checked.issues, file->source));
    if (!fit) {
        put_error(flow::count_line(file->checked.issues, file->source));
        return exit_of(*file);
    }
    if (request->lock_wait != 0 && !request->lock && !file->checked.flow.lock.wanted) {
        return misused(run_verb, "--lock-wait waits for a lock, and none is asked for: add --lock");
    }
    // A secret reaches those that the flow gives it to, and no command that inherits our environment.
    for (const std::string& name : file->checked.constants.secret_variables) (void)::unsetenv(name.c_str());
    Interrupts interrupts(request->drain_timeout);
    Machine machine;
    Exit exit = Exit::ok;
    const auto lock = lock_of(machine, *request, file->checked.flow, exit);
    return exit == Exit::ok ? conduct(machine, interrupts, held, *request, *file) : exit;
}

}  // namespace

const Verb run_verb = {
    .name = "run",
    .summary = "run a flow",
    .words = "FLOW [NAME=VALUE…]",
    .about =
        "Runs a flow until its sources have ended and all is dealt with, or until it is told to stop.\n"
        "FLOW may be - for stdin. What NAMEs there are the flow says.",
    .options = run_options,
    .examples =
        "  flowrun run orders.yaml region=EU\n"
        "  flowrun run -q --lock --max-time=10m nightly.yaml\n",
    .run = run,
};

}  // namespace flowrun::command
