#include "engine/run/runner.hh"

#include <algorithm>
#include <atomic>

#include <fmt/core.h>

#include "engine/call/failure.hh"
#include "engine/graph/guarded.hh"
#include "engine/host/host.hh"

namespace flowrun::engine {

Runner::Runner(World& world, const flow::Checked& checked, const Tables& tables, trace::Observer* observer,
               Reporter& reporter, const Options& options)
    : world_(world), options_(options), run_(std::make_unique<Run>(world, checked, observer, reporter, options.cores,
                                                                   options.seed, options.queues, options.letters)),
      stalls_(std::make_unique<StallDetector>(run_->context, run_->queues, options.stall_after)),
      ended_(checked.flow.nodes.size()), begun_(world.now()) {
    run_->context.max_messages = options.max_messages;
    run_->context.until_empty = options.until_empty;
    if (options.parent) {
        run_->context.trace = options.parent->trace;
        run_->context.trace_parent = options.parent->span;
        run_->context.trace_sampled = options.parent->sampled;
    }
    for (auto& node : run_->context.graph.nodes) {
        if (node->elsewhere) continue;
        node->table = tables(*node->checked->component);
        node->handle = node->table.handle;
    }
}

Runner::~Runner() {
    if (run_ && !over_) destroy();
}

namespace {

StartFailure start_failure(Node& node, std::int32_t status) {
    auto error = *error_from(nullptr, status);
    if (status > 0) error.message = fmt::format("it answered {}, which is no result", status);
    if (!node.refusal.empty()) error.message = node.refusal;
    error.node = node.name;
    return {node.name, std::move(error)};
}

std::vector<Node*> from_the_sinks(const Graph& graph) {
    std::vector<Node*> order;
    for (std::size_t part = graph.parts.size(); part-- > 0;) {
        order.insert(order.end(), graph.parts[part].begin(), graph.parts[part].end());
    }
    return order;
}

}  // namespace

std::optional<StartFailure> Runner::make(Node& node) {
    for (; node.made < node.instances; ++node.made) {
        void*& self = node.made == 0 ? node.self : node.others.emplace_back();
        if (node.table.create == nullptr) continue;
        const std::int32_t status = guarded_aside(node, node.table.create, &host(), handle_of(node),
                                                  handle_of(node.checked->settings.get()), &self);
        if (status != FLOWRUN_OK) return start_failure(node, status);
    }
    return std::nullopt;
}

std::optional<StartFailure> Runner::start(Node& node) {
    for (std::uint32_t i = 0; i < node.instances && node.table.start != nullptr; ++i) {
        const std::int32_t status = guarded_aside(node, node.table.start, node.self_of(i));
        if (status != FLOWRUN_OK) {
            StartFailure failure = start_failure(node, status);
            failure.error.node.clear();  // StartFailure says it
            return failure;
        }
    }
    return std::nullopt;
}

std::vector<StartFailure> Runner::create() {
    std::vector<StartFailure> failures;
    RunContext& context = run_->context;
    context.enter_here(context.new_context());
    for (auto& node : context.graph.nodes) {
        if (auto failure = make(*node)) failures.push_back(std::move(*failure));
    }
    if (failures.empty() && !run_->start_threads()) {
        failures.push_back({"", Error::of(Code::unavailable, "the system refuses the threads that a run needs")});
    }
    if (failures.empty()) {
        for (Node* node : from_the_sinks(context.graph)) {
            if (auto failure = start(*node)) {
                failures.push_back(std::move(*failure));
                break;
            }
        }
    }
    for (auto& edge : context.graph.edges) {
        edge->handle = edge->to->handle;
        edge->self = edge->to->self;
    }
    return failures;
}

namespace {

// Foreign code may use it for as long as the process lives. Not lost, for those who look for leaks.
void keep_for_ever(std::unique_ptr<Run> run) {
    static std::mutex mutex;
    static auto& kept = *new std::vector<std::unique_ptr<Run>>;
    std::scoped_lock lock(mutex);
    kept.push_back(std::move(run));
}

}  // namespace

Outcome Runner::run() {
    Outcome outcome;
    RunContext& context = run_->context;
    begun_ = world_.now();
    end_ = options_.max_time == 0 ? never : after(begun_, options_.max_time);
    for (auto& node : context.graph.nodes) {
        if (node->source) threads_.push_back(run_->start_source(*node));
    }
    for (auto& queue : run_->queues) queue->begin();
    const bool ended = wait_for_sources();
    outcome.drained = ended && drain();
    outcome.timed_out = timed_out_;
    outcome.starved = run_->starved();
    outcome.stopped = context.shutdown.stopped_at() != never && !timed_out_;
    cut_short(outcome);
    hear_queues();
    outcome.broken =
        std::any_of(run_->queues.begin(), run_->queues.end(), [](auto& queue) { return queue->is_broken(); });
    commit(outcome);
    outcome.stdout_closed = context.stdout_closed();
    outcome.ledger = ledger_of(context, run_->queues, outcome.drained && !outcome.hung);
    name_left(outcome);
    name_cut_short(outcome);
    outcome.took = world_.now() - begun_;
    outcome.threads = context.scheduler.peak();
    {
        // Whoever still stops or asks is done with the components before they are destroyed.
        MutexLock lock(alive_);
        over_ = true;
    }
    if (outcome.hung) {
        // Foreign code may still use all of it: nothing is taken down.
        for (World::Thread& thread : threads_) thread.detach();
        run_->end_threads(true);
    } else {
        threads_.clear();
        destroy();
    }
    // Else its memory is given back when the runner goes, or left (leave_memory).
    MutexLock lock(alive_);
    if (outcome.hung) keep_for_ever(std::move(run_));
    return outcome;
}

// What durable queues still have to say of what was dealt with.
void Runner::hear_queues() {
    constexpr Duration patience = 5 * second;
    const auto heard = [&] {
        return std::all_of(run_->queues.begin(), run_->queues.end(), [](auto& queue) {
            return !queue->durable() || queue->answers_due() == 0 || queue->is_broken();
        });
    };
    run_->context.hears_queues = true;
    for (auto& queue : run_->queues) queue->hear();
    run_->context.wait_for(heard, after(world_.now(), patience));
}

bool Runner::in_delivery(const Node& node) const {
    return std::any_of(node.inputs.begin(), node.inputs.end(),
                       [](const Edge* edge) { return edge->queue != nullptr && edge->queue->executing() != 0; });
}

bool Runner::all_back() const { return run_->calls_left() == 0 && run_->context.totals.abandoned.load() == 0; }

bool Runner::nothing_executes() const {
    const auto& queues = run_->queues;
    return all_back() && std::all_of(queues.begin(), queues.end(), [](auto& queue) { return queue->executing() == 0; });
}

// Whatever has not come to its end: cancelled where the drain was cut short, waited for in any case.
void Runner::cut_short(Outcome& outcome) {
    constexpr Duration moment = 500 * millisecond;
    RunContext& context = run_->context;
    if (outcome.drained) {
        // Calls that were given up may be on their way back; a stop meanwhile may shorten the wait.
        outcome.hung = !all_back() && !wait_for([&] { return all_back(); }, patience());
        return;
    }
    const auto back = [&] { return nothing_executes(); };
    context.shut_down(Shutdown::Phase::cancelled);
    // What waits through us comes back at once; the rest gets a moment.
    context.wait_for(back, after(world_.now(), moment));
    end_rest();
    outcome.hung = !context.wait_for(back, after(world_.now(), moment));
}

// What is left in a queue, or in the hands of a source: on other sync edges it is the same messages once more.
void Runner::name_left(Outcome& outcome) const {
    RunContext& context = run_->context;
    auto messages = [](std::uint64_t n) { return fmt::format("{} message{}", n, n == 1 ? "" : "s"); };
    for (auto& edge : context.graph.edges) {
        const Account& account = outcome.ledger.edges[edge->index];
        if (account.left != 0 && (edge->async || edge->from->source)) {
            outcome.left.push_back(messages(account.left) + " in " + account.edge);
        }
        if (account.in_doubt != 0) {
            outcome.left.push_back(
                fmt::format("{} in {}, in doubt: dealt with, but its queue has not said that it knows",
                            messages(account.in_doubt), account.edge));
        }
    }
    for (auto& node : context.graph.nodes) {
        const NodeState& state = context.state_of(*node);
        const auto calls = [](std::uint32_t n) { return n == 1 ? std::string("a call") : fmt::format("{} calls", n); };
        if (const char* const what = state.entered.load()) {
            outcome.left.push_back(fmt::format("'{}' has not returned from '{}'", node->name, what));
        }
        if (const auto n = state.abandoned.load(); n != 0) {
            outcome.left.push_back(fmt::format("'{}' has not returned from {} that {} given up", node->name, calls(n),
                                               n == 1 ? "was" : "were"));
        }
        if (const auto n = state.spontaneous.load(); n != 0) {
            outcome.left.push_back(
                fmt::format("'{}' has not finished {} that it began by itself", node->name, calls(n)));
        }
    }
    const std::uint64_t refused = outcome.ledger.refused;
    if (refused != 0)
        outcome.left.push_back(messages(refused) + " on the way from a source, cut off by the end of the run");
}

Outcome Runner::so_far() const {
    Outcome outcome;
    outcome.drained = false;
    MutexLock lock(alive_);
    if (!run_ || over_) return outcome;
    outcome.ledger = ledger_of(run_->context, run_->queues, false);
    outcome.took = world_.now() - begun_;
    name_left(outcome);
    return outcome;
}

void Runner::name_cut_short(Outcome& outcome) const {
    for (auto& node : run_->context.graph.nodes) {
        if (run_->context.cut_short(*node)) outcome.cut_short.push_back(node->name);
    }
}

void Runner::destroy() {
    run_->end_threads(false);
    std::vector<Node*> order = from_the_sinks(run_->context.graph);
    std::reverse(order.begin(), order.end());
    for (Node* node : order) {
        for (; node->made != 0; --node->made) {
            if (node->table.destroy != nullptr)
                guarded_aside(*node, node->table.destroy, node->self_of(node->made - 1));
        }
    }
}

void Runner::leave_memory() {
    // Not lost, for those who look for leaks: atomic, or the compiler leaves out what nobody reads.
    static std::atomic<Run*> last{nullptr};
    MutexLock lock(alive_);
    if (!over_ || !run_) return;
    RunContext::leave();
    last.store(run_.release());
}

// --- from other threads ---

void Runner::stop() {
    MutexLock lock(alive_);
    if (run_ && !over_) run_->context.shut_down(Shutdown::Phase::stopping);
}

void Runner::cancel() {
    MutexLock lock(alive_);
    if (run_ && !over_) run_->context.shut_down(Shutdown::Phase::cancelled);
}

void Runner::interrupt() {
    MutexLock lock(alive_);
    if (!run_ || over_) return;
    run_->context.shut_down(run_->context.shutdown.hurried() ? Shutdown::Phase::cancelled : Shutdown::Phase::stopping);
}

std::string Runner::status() const {
    std::string text;
    MutexLock lock(alive_);
    if (!run_ || over_) return text;
    RunContext& context = run_->context;
    for (auto& queue : run_->queues) {
        const queue::Depth depth = queue->depth();
        text += fmt::format("  {}: {} queued ({} bytes), {} without a result, {} in delivery{}\n", queue->edge().name,
                            depth.messages, depth.bytes, queue->in_flight(), queue->executing(),
                            queue->is_full() ? ", the disk is full" : "");
    }
    for (auto& node : context.graph.nodes) {
        text += fmt::format("  {}: {}\n", node->name, StallDetector::doing(context, *node));
    }
    context.each_context([&](const ThreadContext& thread) {
        const std::string doing = StallDetector::doing(thread);
        if (!doing.empty()) text += "  a thread is " + doing + "\n";
    });
    text += fmt::format("  {} pool threads, {} calls given up and not back\n", context.scheduler.threads(),
                        context.totals.abandoned.load());
    return text;
}

}  // namespace flowrun::engine
