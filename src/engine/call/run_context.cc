#include "engine/call/run_context.hh"

#include "base/signal_stack.hh"

#include "engine/graph/layout.hh"

#include <algorithm>
#include <utility>

namespace flowrun::engine {
namespace {

std::atomic<std::uint64_t> runs{0};
std::atomic<RunContext*> now_running{nullptr};

// The context of this thread, and the run it belongs to: a thread may have been in an earlier run of the process.
thread_local std::uint64_t here_run = 0;
thread_local ThreadContext* here = nullptr;

bool uses_time(const flow::Checked& checked) {
    const auto in = [](const auto& program) { return program && program->uses(expr::slot_meta_time); };
    const auto of_edge = [&](const flow::CheckedEdge& e) {
        return in(e.when) || in(e.map) || in(e.key) || in(e.retry_when);
    };
    const auto of_node = [](const flow::CheckedNode& node) {
        return std::any_of(node.per_message.begin(), node.per_message.end(), [](const flow::MessageSetting& setting) {
            return setting.value.uses(expr::slot_meta_time);
        });
    };
    return std::any_of(checked.edges.begin(), checked.edges.end(), of_edge) ||
           std::any_of(checked.nodes.begin(), checked.nodes.end(), of_node);
}

}  // namespace

RunContext::RunContext(World& w, const flow::Checked& c, trace::Observer* o, Reporter& r, unsigned cores,
                       std::uint64_t seed)
    : world(w), checked(c), observer(o), reporter(r), graph(lay_out(c, o != nullptr)), ids(seed), watchdog(w, threads),
      scheduler(
          w, watchdog, cores,
          {[this]() -> Thread& { return new_context(); }, [this](Thread& thread) { enter_here(context_of(thread)); }}),
      timers(w), component_timers(timers, scheduler), steps_(w.steps()),
      slots_(expr::message_scope(c.constants.names).slots()), wall_offset_(w.wall() - w.now()), id_(++runs),
      seed_(seed) {
    asks_for_time.store(observer != nullptr || uses_time(checked));
    watchdog.also([this] { return scheduler.tick(); });
    make_states();
    now_running.store(this);
}

RunContext::~RunContext() { leave(); }

void RunContext::make_states() {
    for (std::size_t i = 0; i < graph.parts.size(); ++i) parts_.emplace_back();
    for (auto& node : graph.nodes) {
        NodeState& state = states_.emplace_back();
        node->run = this;
        if (!node->exclusive) continue;
        state.lock = std::make_unique<InstanceLock>(node->instances);
        node->lock = state.lock.get();
    }
}

RunContext* RunContext::current() { return now_running.load(std::memory_order_acquire); }
void RunContext::leave() { now_running.store(nullptr); }

ThreadContext& RunContext::new_context() {
    const std::uint64_t seed = seed_.fetch_add(0xA0761D6478BD642Fu);
    expr::Frame frame(slots_);
    checked.constants.fill(frame);
    frame.surroundings = this;
    auto& context =
        context_of(threads.add(std::make_unique<ThreadContext>(*this, world, graph.edges.size(), frame, seed)));
    // Whoever cancels either finds it in the list, or has cancelled before this looks.
    if (shutdown.cancelled()) context.interrupt_now(context.cancelled);
    return context;
}

const ThreadContext* RunContext::context_now() {
    const RunContext* run = current();
    return run == nullptr ? nullptr : run->context_if_here();
}

void RunContext::enter_here(ThreadContext& context) {
    static thread_local const SignalStack stack;
    static_cast<void>(stack);
    here_run = id_;
    here = &context;
}

ThreadContext& RunContext::context_here() {
    if (here_run != id_) enter_here(new_context());
    return *here;
}

ThreadContext* RunContext::context_if_here() const { return here_run == id_ ? here : nullptr; }

bool RunContext::begin_message(ThreadContext& thread) {
    if (max_messages != 0) {
        const std::uint64_t before = totals.begun.fetch_add(1);
        if (before >= max_messages) return false;
        if (before + 1 == max_messages) shut_down(Shutdown::Phase::ending);
    }
    add(thread.begun);
    return true;
}

void RunContext::shut_down(Shutdown::Phase phase) {
    if (!shutdown.advance(phase)) return;
    if (phase >= Shutdown::Phase::stopping) shutdown.stop_clock(world.now());
    each_context([&](ThreadContext& context) {
        if (phase == Shutdown::Phase::cancelled) {
            context.interrupt_now(context.cancelled);
        } else {
            context.wake();
        }
    });
    if (on_shutdown) on_shutdown(phase);
    if (phase == Shutdown::Phase::cancelled) receipts.cancel();
    progress();
}

void RunContext::progress() {
    MutexLock lock(progress_mutex_);
    world.wake_all(progressed_);
}

// Whether nothing but a reader of stdout that went away is behind it.
bool RunContext::is_of_gone_reader(const Error& error) const {
    const auto its_own = [&](const auto& node) {
        return node->name == error.node && states_[node->index].reader_gone.load();
    };
    return std::any_of(graph.nodes.begin(), graph.nodes.end(), its_own) &&
           std::all_of(error.causes.begin(), error.causes.end(),
                       [this](const Error& cause) { return is_of_gone_reader(cause); });
}

void RunContext::report(const Node* node, const Edge* edge, const queue::Meta* meta, const Error& error) {
    if (is_of_gone_reader(error)) {
        stdout_closed_.store(true);
        shut_down(Shutdown::Phase::stopping);
        return;
    }
    std::string where = edge != nullptr ? edge->name : node != nullptr ? node->name : std::string();
    reporter.failed({std::move(where), meta == nullptr ? std::string() : meta->id(), error});
}

}  // namespace flowrun::engine
