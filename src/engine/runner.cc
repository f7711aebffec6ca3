#include "engine/runner.hh"

#include <algorithm>

#include <fmt/core.h>

#include "engine/crash.hh"
#include "engine/failure.hh"
#include "engine/host.hh"
#include "engine/lane.hh"
#include "engine/pump.hh"
#include "engine/run.hh"
#include "engine/stalls.hh"

namespace flowrun::engine {

Runner::Runner(World& world, const flow::Checked& checked, const Tables& tables, trace::Observer* observer,
               Reporter& reporter, const Options& options)
    : world_(world), options_(options),
      run_(std::make_unique<Run>(world, checked, observer, reporter, options.cores, options.seed)),
      stalls_(std::make_unique<Stalls>(*run_, options.stall_after)) {
    if (options.max_messages != 0) run_->max_messages = options.max_messages;
    if (options.parent) {
        run_->trace = options.parent->trace;
        run_->trace_parent = options.parent->span;
    }
    for (auto& node : run_->graph.nodes) {
        node->table = tables(*node->checked->component);
        node->handle = node->table.handle;
    }
}

Runner::~Runner() {
    if (run_ && !over_) destroy();
}

std::optional<StartFailure> Runner::make(Node& node) {
    std::int32_t status = FLOWRUN_OK;
    for (; status >= 0 && node.made < node.instances(); ++node.made) {
        void*& self = node.made == 0 ? node.self : node.others.emplace_back();
        if (node.table.create == nullptr) continue;
        status =
            guarded(node, node.table.create, &host(), handle_of(node), handle_of(node.checked->settings.get()), &self);
        if (status < 0) break;
    }
    if (status >= 0) return std::nullopt;
    auto error = *error_from(nullptr, status);
    if (!node.refusal.empty()) error.message = node.refusal;
    error.node = node.name;
    return StartFailure{node.name, std::move(error)};
}

std::vector<StartFailure> Runner::create() {
    std::vector<StartFailure> failures;
    run_->use_here(run_->new_lane());
    for (auto& node : run_->graph.nodes) {
        if (auto failure = make(*node)) failures.push_back(std::move(*failure));
    }
    std::vector<Node*> order;
    for (auto& node : run_->graph.nodes) order.push_back(node.get());
    std::stable_sort(order.begin(), order.end(), [](Node* a, Node* b) { return a->part > b->part; });
    for (Node* node : order) {
        if (!failures.empty() || node->table.start == nullptr) continue;
        std::int32_t status = FLOWRUN_OK;
        for (std::uint32_t i = 0; i < node->instances() && status >= 0; ++i) {
            status = guarded(*node, node->table.start, node->self_of(i));
        }
        if (status >= 0) continue;
        auto error = *error_from(nullptr, status);
        if (!node->refusal.empty()) error.message = node->refusal;
        failures.push_back({node->name, std::move(error)});
    }
    for (auto& edge : run_->graph.edges) {
        edge->handle = edge->to->handle;
        edge->self = edge->to->self;
    }
    return failures;
}

// A call that no message began is over. Failures of its emits have been counted where they happened; this counts its own.
void Runner::end_root(Run& run, Call& call, std::int32_t status) {
    Extra* extra = call.extra;
    bool handed_on = extra != nullptr && extra->last_error &&
                     static_cast<std::int32_t>(extra->last_error->code) == status && !extra->error;
    if (status < 0 && !handed_on) {
        auto error = extra != nullptr && extra->error ? std::move(extra->error) : error_from(nullptr, status);
        if (error->node.empty()) error->node = call.node->name;
        run.root_failed.fetch_add(1);
        run.report(call.node, nullptr, nullptr, *error);
    }
    if (extra != nullptr) call.lane->give_back(extra);
}

// Touches the run alone, never the runner: a source that does not return outlives that.
void Runner::run_source(Run& run, Node& node) {
    Lane& lane = run.new_lane();
    run.use_here(lane);
    Call call;
    call.lane = &lane;
    call.node = &node;
    call.kind = Call::Kind::source;
    node.entered.store(true);
    std::int32_t status = guarded(node, node.table.run, node.self, handle_of(call));
    node.entered.store(false);
    bool asked = status == FLOWRUN_E_CANCELLED && run.stopping.load();
    end_root(run, call, asked ? FLOWRUN_OK : status);
    run.sources_left.fetch_sub(1);
    run.threads_left.fetch_sub(1);
    run.progress();
}

Outcome Runner::run() {
    Outcome outcome;
    constexpr Duration moment = 500 * millisecond;
    Time begun = world_.now();
    end_ = options_.max_time == 0 ? never : after(begun, options_.max_time);
    for (auto& node : run_->graph.nodes) {
        if (!node->source) continue;
        run_->sources_left.fetch_add(1);
        run_->threads_left.fetch_add(1);
        threads_.push_back(
            world_.start("source-" + node->name, [&run = *run_, &source = *node] { run_source(run, source); }));
    }
    bool ended = wait_for_sources();
    run_->draining.store(true);
    outcome.drained = ended && drain();
    outcome.timed_out = timed_out_;
    outcome.stopped = stop_time_.load() != never && !timed_out_;
    if (!outcome.drained) {
        run_->cancel();
        // What waits through us comes back at once; the rest gets a moment.
        auto all_back = [&] { return run_->threads_left.load() == 0 && in_delivery().empty(); };
        run_->wait_for(all_back, after(world_.now(), moment), true);
        end_rest();
        outcome.hung = !run_->wait_for(all_back, after(world_.now(), moment), true);
    }
    // Calls that were given up may be on their way back.
    auto none_hung = [&] { return run_->hung.load() == 0; };
    outcome.hung = outcome.hung || !run_->wait_for(none_hung, after(world_.now(), moment), true);
    outcome.stdout_closed = run_->stdout_closed.load();
    outcome.ledger = run_->ledger(outcome.drained && !outcome.hung);
    name_left(outcome);
    outcome.took = world_.now() - begun;
    outcome.threads = run_->pool.peak();
    {
        // Whoever still stops or asks is done with the components before they are destroyed.
        std::scoped_lock lock(alive_);
        over_ = true;
    }
    if (outcome.hung) {
        // Foreign code may still use all of it: nothing is taken down.
        for (World::Thread& thread : threads_) thread.detach();
    } else {
        threads_.clear();
        destroy();
    }
    // Else its memory is given back when the runner goes, or left (leave_memory).
    std::scoped_lock lock(alive_);
    if (outcome.hung) static_cast<void>(run_.release());
    return outcome;
}

void Runner::leave_memory() {
    static Run* last = nullptr;  // not lost, for those who look for leaks
    if (!over_ || !run_) return;
    Run::leave();
    last = run_.release();
    static_cast<void>(last);
}

// What is left in a queue, or in the hands of a source: on other sync edges it is the same messages once more.
void Runner::name_left(Outcome& outcome) const {
    auto messages = [](std::uint64_t n) { return fmt::format("{} message{}", n, n == 1 ? "" : "s"); };
    for (auto& edge : run_->graph.edges) {
        const Account& account = outcome.ledger.edges[edge->index];
        if (account.left == 0 || (!edge->async && !edge->from->source)) continue;
        outcome.left.push_back(messages(account.left) + " in " + account.edge);
    }
    for (auto& node : run_->graph.nodes) {
        const char* where = node->source ? "run" : "end";
        if (node->entered.load())
            outcome.left.push_back(fmt::format("'{}' has not returned from '{}'", node->name, where));
    }
    std::uint64_t refused = outcome.ledger.refused;
    if (refused != 0) outcome.left.push_back(messages(refused) + " that no edge had taken yet");
}

std::vector<const Edge*> Runner::in_delivery() const {
    std::vector<const Edge*> busy;
    for (auto& edge : run_->graph.edges) {
        if (edge->pump && edge->pump->executing() != 0) busy.push_back(edge.get());
    }
    return busy;
}

void Runner::destroy() {
    run_->end_threads();
    std::vector<Node*> order;
    for (auto& node : run_->graph.nodes) order.push_back(node.get());
    std::stable_sort(order.begin(), order.end(), [](Node* a, Node* b) { return a->part < b->part; });
    for (Node* node : order) {
        for (; node->made != 0; --node->made) {
            if (node->table.destroy != nullptr) guarded(*node, node->table.destroy, node->self_of(node->made - 1));
        }
    }
}

void Runner::stop() {
    std::scoped_lock lock(alive_);
    if (!run_ || over_) return;
    Time unset = never;
    stop_time_.compare_exchange_strong(unset, world_.now());
    run_->stop();
    run_->hurry();
    run_->progress();  // the drain has a deadline now
}

void Runner::cancel() {
    stop();
    std::scoped_lock lock(alive_);
    if (run_ && !over_) run_->cancel();
}

void Runner::interrupt() { stop_time_.load() != never ? cancel() : stop(); }

std::string Runner::status() const {
    std::string text;
    std::scoped_lock lock(alive_);
    if (!run_ || over_) return text;
    for (auto& edge : run_->graph.edges) {
        if (!edge->pump) continue;
        queue::Depth depth = edge->pump->depth();
        text += fmt::format("  {}: {} queued ({} bytes), {} in delivery, of which {} at work\n", edge->name,
                            depth.messages, depth.bytes, edge->pump->in_flight(), edge->pump->executing());
    }
    for (auto& node : run_->graph.nodes) {
        std::uint32_t busy = node->gated ? node->gate.busy() : 0;
        text += fmt::format("  {}: {}\n", node->name, node->closed.load() ? "closed" : busy != 0 ? "busy" : "ready");
    }
    run_->each_lane([&](const Lane& lane) {
        std::string doing = Stalls::doing(lane);
        if (!doing.empty()) text += "  a thread is " + doing + "\n";
    });
    text += fmt::format("  {} pool threads, {} calls given up and not back\n", run_->pool.threads(), run_->hung.load());
    return text;
}

}  // namespace flowrun::engine
