#include "engine/aside.hh"

#include <utility>

#include "engine/failure.hh"
#include "engine/hops.hh"
#include "engine/pump.hh"
#include "engine/route.hh"
#include "engine/run.hh"
#include "value/json.hh"

namespace flowrun::engine {
namespace {

// To hand a message to another thread and its result back takes about as long as this.
constexpr Duration short_enough = 20 * microsecond;
// What takes so long in place keeps all else of the source waiting: that may be a thousandth of the time at most. More than
// it takes until a thread that had to make way for others runs again.
constexpr Duration far_too_long = 10 * millisecond;

// Owns itself from emit_async to `done`.
class Aside final : public Task, private Continuation {
public:
    const Node* node = nullptr;
    const Outlet* outlet = nullptr;
    queue::Meta meta;
    value::Value message;
    trace::SpanId parent = 0;
    bool root = false;
    Ticket* of = nullptr;  // the pending call that it was emitted from: its component completes that after `done`
    flowrun_done_fn done = nullptr;
    void* user = nullptr;

    void run(Lane& lane) override {
        Pump* const waited_for = waits_for_;
        if (of != nullptr && of->is_dead()) {
            result(lane, given_up(lane, *node));
        } else if (Pump* const full = Pump::crowded(lane.run) ? full_behind(*outlet) : nullptr;
                   full != nullptr && park(*full)) {
            // Which is gone on with by whoever takes from that queue.
            if (waited_for == full) return;
        } else {
            pass(lane);
        }
        if (waited_for != nullptr) waited_for->passed_on();
    }
    void wake(Lane&) override {}

private:
    // A queue that what is sent there would wait for: any number may be under way, and each would hold a thread.
    static Pump* full_behind(const Outlet& outlet) {
        for (const Edge* edge : outlet.edges) {
            if (edge->async) {
                if (edge->spec->overflow == flow::Overflow::block && edge->pump->full()) return edge->pump.get();
                continue;
            }
            for (const Edge* further : edge->to->blocking) {
                if (further->pump->full()) return further->pump.get();
            }
        }
        return nullptr;
    }
    // True: it is posted again when there is room, and may be gone as soon as this returns.
    bool park(Pump& full) {
        waits_for_ = &full;
        return full.park(*this);
    }
    void pass(Lane& lane) {
        const Node& from = *node;
        const bool prompt = outlet->prompt;
        Run& run = lane.run;
        const Time begun = prompt ? run.world.now() : 0;
        const trace::SpanId before = std::exchange(lane.parent, parent);
        Entry entry;
        entry.then = this;
        const std::int32_t status = outlet->only != nullptr && outlet->only->loops
                                        ? hop(lane, *outlet->only, &meta, message.get(), entry)
                                        : send(lane, *outlet, &meta, message.get());
        lane.parent = before;
        if (status != FLOWRUN_PENDING) result(lane, status);
        if (prompt) {
            const Time now = run.world.now();
            took(from, now, now - begun);
        }
    }
    static void took(const Node& node, Time now, Duration time) {
        if (time > far_too_long) node.at_once_from.store(after(now, 1000 * time), std::memory_order_relaxed);
        const Duration average = node.takes.load(std::memory_order_relaxed);
        node.takes.store(average + (time - average) / 8, std::memory_order_relaxed);
    }
    void result(Lane& lane, std::int32_t status) override {
        Run& run = lane.run;
        flowrun_error error{};
        error.size = sizeof error;
        if (status < 0 && root) status = claim(lane, *node, &meta, message.get());
        std::unique_ptr<Error> why = std::move(lane.error);
        value::Value reply = std::exchange(lane.reply, {});
        value::Value detail;
        if (status < 0 && !why->detail.empty()) {
            if (auto parsed = value::parse(why->detail)) detail = std::move(*parsed);
        }
        if (status < 0) fill(error, *why, detail.get());
        done(user, status, reply ? handle_of(reply.get()) : nullptr, status < 0 ? &error : nullptr);
        const Node& counted = *node;
        delete this;
        run.ended(counted);
    }

    Pump* waits_for_ = nullptr;
};

// A source's own thread does it where that takes no longer than to tell another; not what `done` sends in its turn, which
// could go on for ever on one stack.
bool at_once(const Call& call, const Outlet& outlet) {
    return call.kind == Call::Kind::source && outlet.prompt && call.lane->run.lane_if_here() == call.lane &&
           !call.lane->at_once && call.node->takes.load(std::memory_order_relaxed) < short_enough &&
           call.node->at_once_from.load(std::memory_order_relaxed) <= call.lane->run.world.now();
}

}  // namespace

std::int32_t emit_aside(Call& call, std::uint32_t port, const value::Node* message, const flowrun_meta* meta,
                        flowrun_done_fn done, void* user) {
    Run& run = call.lane->run;
    if (port >= call.node->outlets.size() || message == nullptr || done == nullptr) return FLOWRUN_E_INTERNAL;
    if (call.of != nullptr && call.of->is_dead()) return FLOWRUN_E_CANCELLED;
    if (run.cancelled.load() || (call.kind == Call::Kind::source && run.stopping.load())) return FLOWRUN_E_CANCELLED;
    auto* aside = new Aside;
    aside->node = call.node;
    aside->outlet = &call.node->outlets[port];
    aside->meta = meta_for(call, meta);
    aside->message = value::Value::keep(*message);
    aside->root = call.kind != Call::Kind::message;
    aside->of = call.of;
    aside->parent = aside->root ? aside->meta.parent : call.lane->parent;
    aside->done = done;
    aside->user = user;
    if (call.kind == Call::Kind::source) run.began_message(*call.lane);
    // Counted by itself: the call that it belongs to may be given up before it is done.
    call.node->open.fetch_add(1);
    if (at_once(call, *aside->outlet)) {
        Lane& lane = *call.lane;
        lane.at_once = true;
        aside->run(lane);
        lane.at_once = false;
    } else {
        run.pool.post(*aside, call.lane);
    }
    return FLOWRUN_OK;
}

}  // namespace flowrun::engine
