#include "engine/run/run.hh"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "base/memory_reserve.hh"
#include "engine/call/error_route.hh"
#include "engine/call/failure.hh"
#include "engine/edge/sync_edge.hh"
#include "engine/graph/guarded.hh"
#include "engine/host/emit.hh"

namespace flowrun::engine {

Run::Run(World& world, const flow::Checked& checked, trace::Observer* observer, Reporter& reporter, unsigned cores,
         std::uint64_t seed, const Queues& kept_in, const Letters& letters)
    : context(world, checked, observer, reporter, cores, seed) {
    for (auto& edge : context.graph.edges) {
        if (!edge->async) continue;
        queues.push_back(std::make_unique<AsyncEdge>(context, *edge, kept_in ? kept_in(*edge) : nullptr,
                                                     letters ? letters(*edge) : nullptr));
        edge->queue = queues.back().get();
    }
    choose_takes();
    context.watchdog.also([this] {
        for (auto& queue : queues) queue->admit_late();
        look_after_threads();
        look_after_memory();
        return false;
    });
    context.on_shutdown = [this](Shutdown::Phase phase) { shut_down(phase); };
}

namespace {

CallResult take_plainly(ThreadContext& thread, const Edge& edge, const queue::Meta* meta, const value::Node* message,
                        const Entry& how) {
    Entry entry;
    entry.then = how.then;
    return call_edge(thread, edge, meta, message, entry);
}

}  // namespace

void Run::choose_takes() {
    for (auto& edge : context.graph.edges) {
        if (edge->async) {
            edge->take = edge->bare ? enqueue_bare : enqueue;
        } else {
            edge->take = edge->loops ? take_plainly : call_with_policy;
        }
    }
}

// --- threads that the system refuses ---

bool Run::start_threads() { return context.watchdog.begin() && context.scheduler.begin(); }

// The run goes on with the threads that it has, for as long as they can: where all of them wait for what only one more could
// do, it ends, so that its account is told.
void Run::look_after_threads() {
    constexpr Duration patience = 5 * second;
    if (!told_refused_ && context.scheduler.refused()) {
        told_refused_ = true;
        context.reporter.notice(Level::warn,
                                fmt::format("the system refuses more than {} threads for what runs at once: "
                                            "fewer run, and messages wait longer",
                                            context.scheduler.threads()));
    }
    const Time since = context.scheduler.starved_since();
    if (since == never || context.world.now() < after(since, patience) || starved_.exchange(true)) return;
    context.reporter.notice(Level::error, "every thread waits, and the system refuses another: the run ends");
    context.shut_down(Shutdown::Phase::cancelled);
}

// An allocation failed, and what was kept for that was used: what has been accepted is dealt with, and nothing more taken.
void Run::look_after_memory() {
    if (!MemoryReserve::lost() || MemoryReserve::refill() || starved_.exchange(true)) return;
    context.reporter.notice(Level::error, "the system gives no more memory: the run ends");
    context.shut_down(Shutdown::Phase::stopping);
}

// --- the end ---

void Run::shut_down(Shutdown::Phase phase) {
    stop_sources_.post();
    if (phase >= Shutdown::Phase::stopping) {
        for (auto& queue : queues) {
            queue->keep();
            queue->hurry();
        }
    }
    if (phase < Shutdown::Phase::cancelled) return;
    for (auto& queue : queues) queue->cancel();
    stop_others_.post();
}

void Run::StopCalls::post() {
    if (posted_.exchange(true)) return;
    const auto concerned = [&](const auto& node) { return node->source == sources_ && node->table.stop != nullptr; };
    const auto& nodes = run_.context.graph.nodes;
    if (std::none_of(nodes.begin(), nodes.end(), concerned)) return;
    run_.calls_left_.fetch_add(1);
    run_.context.scheduler.post(*this, nullptr);
}

void Run::StopCalls::run(Thread&) {
    for (auto& node : run_.context.graph.nodes) {
        if (node->source != sources_ || node->table.stop == nullptr) continue;
        // One that still runs and waits through nothing of ours learns of it here.
        if (sources_ && run_.context.state_of(*node).entered.load() != nullptr) run_.context.tell_to_stop(*node);
        for (std::uint32_t i = 0; i < node->made; ++i) guarded_aside(*node, node->table.stop, node->self_of(i));
    }
    run_.returned();
}

void Run::returned() {
    calls_left_.fetch_sub(1);
    context.progress();
}

void Run::end_threads(bool stuck) {
    context.component_timers.stop();
    for (auto& queue : queues) queue->stop();
    context.timers.settle();
    context.watchdog.stop();
    context.scheduler.stop(stuck);
}

// --- sources, and the ends of nodes ---

World::Thread Run::start_source(Node& node) {
    sources_left_.fetch_add(1);
    calls_left_.fetch_add(1);
    context.part_of(node).enter();
    World::Thread thread = context.world.start("source-" + node.name, [this, &node] { run_source(node); });
    if (thread) return thread;
    starved_.store(true);
    context.totals.root_failed.fetch_add(1);
    context.report(&node, nullptr, nullptr,
                   Error::of(Code::unavailable, "the system refuses a thread for it to run on"));
    context.part_of(node).leave();
    sources_left_.fetch_sub(1);
    returned();
    context.shut_down(Shutdown::Phase::stopping);
    return thread;
}

// A call that no message began is over. Failures of its emits have been counted where they happened; this counts its own. That
// of an `end` goes to the node's error port first. That of a source's `run` does not: what the source would still have sent
// is missing, and no route could make up for that.
void Run::end_call(Call& call, std::int32_t status) {
    if (status > 0) {
        const std::string what = fmt::format("'{}' answered {}, which is no result", call.node->name, status);
        call.more().error = failure(Code::internal, what, call.node).error;
        status = FLOWRUN_E_INTERNAL;
    }
    CallScratch* scratch = call.scratch;
    const bool handed_on = scratch != nullptr && scratch->last_error && !scratch->error &&
                           static_cast<std::int32_t>(scratch->last_error->code) == status;
    if (status < 0 && !handed_on) {
        auto error = scratch != nullptr && scratch->error ? std::move(scratch->error) : error_from(nullptr, status);
        if (error->node.empty()) error->node = call.node->name;
        CallResult result(std::move(error));
        if (call.kind != Call::Kind::source) result = route_end(call, std::move(result));
        if (result.failed()) {
            context.totals.root_failed.fetch_add(1);
            context.report(call.node, nullptr, nullptr, *result.error);
        }
    }
    if (scratch != nullptr) call.thread->scratch.release(scratch);
}

// What is behind the error port has not ended yet.
CallResult Run::route_end(Call& call, CallResult failed) {
    ThreadContext& thread = *call.thread;
    const queue::Meta meta = meta_for(call, nullptr);
    const trace::SpanId before = std::exchange(thread.parent, meta.parent);
    CallResult result = to_error_route(thread, *call.node, &meta, nullptr, std::move(failed));
    thread.parent = before;
    return result;
}

void Run::run_source(Node& node) {
    ThreadContext& thread = context.new_context();
    context.enter_here(thread);
    Call call;
    call.thread = &thread;
    call.node = &node;
    call.kind = Call::Kind::source;
    NodeState& state = context.state_of(node);
    state.entered.store("run");
    const std::int32_t status = guarded_aside(node, node.table.run, node.self, handle_of(call));
    state.entered.store(nullptr);
    const bool asked = status == FLOWRUN_E_CANCELLED && context.shutdown.sources_end();
    end_call(call, asked ? FLOWRUN_OK : status);
    context.part_of(node).leave();
    sources_left_.fetch_sub(1);
    returned();
}

World::Thread Run::start_end(Node& node, Time until) {
    calls_left_.fetch_add(1);
    context.part_of(node).enter();
    World::Thread thread = context.world.start("end-" + node.name, [this, &node, until] { run_end(node, until); });
    if (!thread) run_end(node, until);
    return thread;
}

// An instance has a call that does not come back: what it holds for the end of its input is lost.
void Run::not_ended(const Node& node) {
    if (context.shutdown.cancelled()) return;
    const CallResult result =
        failure(Code::timeout, "it could not be told that its input has ended: it has not returned from a call", &node);
    context.totals.root_failed.fetch_add(1);
    context.report(&node, nullptr, nullptr, *result.error);
}

void Run::run_end(Node& node, Time until) {
    ThreadContext& thread = context.new_context();
    context.enter_here(thread);
    NodeState& state = context.state_of(node);
    // One that is not locked may have calls as well that were given up and are still in it.
    const auto back = [&] { return state.abandoned.load() == 0 || context.shutdown.cancelled(); };
    const bool in_time = node.lock != nullptr || context.wait_for(back, until);
    if (!in_time) not_ended(node);
    for (std::uint32_t i = 0; in_time && i < node.instances; ++i) {
        if (node.lock != nullptr && node.lock->enter(thread, context.scheduler, until, i) == InstanceLock::none) {
            not_ended(node);
            continue;
        }
        Call call;
        call.thread = &thread;
        call.node = &node;
        call.kind = Call::Kind::spontaneous;
        state.entered.store("end");
        thread.ending = &node;
        const std::int32_t status = guarded_aside(node, node.table.end, node.self_of(i), handle_of(call));
        if (node.lock != nullptr) node.lock->leave(i);
        end_call(call, status);
        thread.ending = nullptr;
        state.entered.store(nullptr);
    }
    context.part_of(node).leave();
    returned();
}

// --- commits ---

World::Thread Run::start_commit(Node& node) {
    calls_left_.fetch_add(1);
    World::Thread thread = context.world.start("commit-" + node.name, [this, &node] { run_commit(node); });
    if (!thread) run_commit(node);
    return thread;
}

void Run::run_commit(Node& node) {
    context.enter_here(context.new_context());
    NodeState& state = context.state_of(node);
    for (std::uint32_t i = 0; i < node.instances; ++i) {
        node.refusal.clear();
        state.entered.store("commit");
        const std::int32_t status = guarded_aside(node, node.table.commit, node.self_of(i));
        state.entered.store(nullptr);
        if (status >= 0) continue;
        const std::unique_ptr<Error> error = error_from(nullptr, status);
        if (!node.refusal.empty()) error->message = node.refusal;
        error->node = node.name;
        context.totals.root_failed.fetch_add(1);
        context.report(&node, nullptr, nullptr, *error);
    }
    returned();
}

}  // namespace flowrun::engine
