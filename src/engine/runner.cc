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
    if (run_) destroy();
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
    std::int32_t status = guarded(node, node.table.run, node.self, handle_of(call));
    bool asked = status == FLOWRUN_E_CANCELLED && run.stopping.load();
    end_root(run, call, asked ? FLOWRUN_OK : status);
    run.sources_left.fetch_sub(1);
    run.progress();
}

Time Runner::drain_deadline() {
    Time stop = stop_time_.load();
    return stop == never ? never : after(stop, options_.drain_timeout);
}

// Waits in the run's own thread, which has time to look for stalls.
template <class Done>
bool Runner::wait_for(Done&& done, Time until) {
    for (;;) {
        if (run_->wait_for(done, std::min(until, stalls_->next_look()))) return true;
        if (run_->cancelled.load() || world_.now() >= until) return done();
        stalls_->look();
    }
}

bool Runner::wait_for_sources(Time end) {
    auto ended = [&] { return run_->sources_left.load() == 0; };
    auto ended_or_stopping = [&] { return ended() || run_->stopping.load(); };
    if (!wait_for(ended_or_stopping, end)) stop();
    if (ended()) return true;
    if (stop_time_.load() == never) stop_time_.store(world_.now());  // stopped from within
    return wait_for(ended, drain_deadline());
}

Outcome Runner::run() {
    Outcome outcome;
    constexpr Duration moment = 500 * millisecond;
    Time begun = world_.now();
    Time end = options_.max_time == 0 ? never : after(begun, options_.max_time);
    for (auto& node : run_->graph.nodes) {
        if (!node->source) continue;
        run_->sources_left.fetch_add(1);
        sources_.push_back(
            world_.start("source-" + node->name, [&run = *run_, &source = *node] { run_source(run, source); }));
    }
    bool ended = wait_for_sources(end);
    outcome.timed_out = end != never && world_.now() >= end;
    outcome.stopped = stop_time_.load() != never && !outcome.timed_out;
    run_->draining.store(true);
    Time until = std::min(drain_deadline(), end == never ? never : after(end, options_.drain_timeout));
    outcome.drained = ended && drain(until);
    if (!outcome.drained) {
        run_->cancel();
        // What waits through us comes back at once; the rest gets a moment.
        auto all_back = [&] { return run_->sources_left.load() == 0 && in_delivery().empty(); };
        run_->wait_for(all_back, after(world_.now(), moment), true);
        outcome.hung = run_->sources_left.load() != 0 || !in_delivery().empty();
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
        for (World::Thread& thread : sources_) thread.detach();
    } else {
        sources_.clear();
        destroy();
    }
    std::scoped_lock lock(alive_);
    if (outcome.hung) {
        static_cast<void>(run_.release());
    } else {
        run_.reset();
    }
    return outcome;
}

// What is left in a queue, or in the hands of a source: on other sync edges it is the same messages once more.
void Runner::name_left(Outcome& outcome) const {
    auto messages = [](std::uint64_t n) { return fmt::format("{} message{}", n, n == 1 ? "" : "s"); };
    for (auto& edge : run_->graph.edges) {
        const Account& account = outcome.ledger.edges[edge->index];
        if (account.left == 0 || (!edge->async && !edge->from->source)) continue;
        outcome.left.push_back(messages(account.left) + " in " + account.edge);
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

bool Runner::quiet(std::uint32_t part) const {
    for (auto& node : run_->graph.nodes) {
        if (node->part != part) continue;
        if (node->open.load() != 0) return false;
        for (Edge* edge : node->inputs) {
            if (edge->pump && !edge->pump->quiet()) return false;
        }
    }
    return true;
}

bool Runner::close_part(std::uint32_t part, Time until) {
    auto is_quiet = [&] { return quiet(part); };
    for (auto& node : run_->graph.nodes) {
        if (node->part != part) continue;
        for (Edge* edge : node->inputs) {
            if (edge->pump) edge->pump->flush();
        }
    }
    if (!wait_for(is_quiet, until)) return false;
    for (auto& node : run_->graph.nodes) {
        if (node->part == part && !node->source) end_node(*node);
    }
    // `end` may have emitted into its own part.
    if (!wait_for(is_quiet, until)) return false;
    for (auto& node : run_->graph.nodes) {
        if (node->part == part) node->closed.store(true);
    }
    // A call may have begun after the last look; from here on none can.
    return wait_for(is_quiet, until);
}

void Runner::end_node(Node& node) {
    if (node.table.end == nullptr || run_->cancelled.load()) return;
    Lane& lane = run_->lane_here();
    for (std::uint32_t i = 0; i < node.instances(); ++i) {
        if (node.gated && node.gate.enter(lane, &lane, drain_deadline(), i) == Gate::any) return;
        Call call;
        call.lane = &lane;
        call.node = &node;
        call.kind = Call::Kind::root;
        std::int32_t status = guarded(node, node.table.end, node.self_of(i), handle_of(call));
        if (node.gated) node.gate.leave(lane, i);
        end_root(*run_, call, status);
    }
}

bool Runner::drain(Time until) {
    for (std::uint32_t part = 0; part < run_->graph.parts; ++part) {
        if (!close_part(part, until) || run_->cancelled.load()) return false;
    }
    return true;
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
