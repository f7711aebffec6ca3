#include "engine/host/async_emit.hh"

#include <algorithm>
#include <atomic>
#include <utility>
#include <vector>

#include "engine/call/call_edge.hh"
#include "engine/call/error_route.hh"
#include "engine/call/failure.hh"
#include "engine/call/pending_call.hh"
#include "engine/call/run_context.hh"
#include "engine/call/send.hh"
#include "engine/call/waits.hh"
#include "engine/edge/async_edge.hh"
#include "engine/graph/guarded.hh"
#include "engine/host/emit.hh"
#include "value/json.hh"

namespace flowrun::engine {
namespace {

class AsyncEmit;

// All that came of a message that a source has emitted, behind async edges too (flowrun/ext/delivered.h).
class Delivered final : public queue::Receipt {
public:
    explicit Delivered(AsyncEmit& of) : of_(of) {}
    // The emit itself has its result.
    void emitted() { step(has_result); }

private:
    static constexpr std::uint8_t has_result = 1, has_all = 2;

    void over() override { step(has_all); }
    void step(std::uint8_t which);

    AsyncEmit& of_;  // there until both steps are made
    std::atomic<std::uint8_t> steps_{0};
};

// Owns itself from emit_async to `done`, and until whoever took it for lasting has told it what it waits for.
class AsyncEmit final : public Task, private Continuation {
public:
    const Node* node = nullptr;
    const Outlet* outlet = nullptr;
    queue::Meta meta;
    value::Value message;
    trace::SpanId parent = 0;
    bool root = false;
    PendingCall* of = nullptr;  // the pending call that it was emitted from: its component completes that after `done`
    Ahead* ahead = nullptr;     // set: its source counts it
    FanLine* line = nullptr;    // set: it goes over several edges there
    flowrun_done_fn done = nullptr;
    void* user = nullptr;

    void run(Thread& on) override {
        if (is_told_) return tell(context_of(on).run, std::move(result_));
        (void)go(context_of(on));
    }
    // `done` is called when all that comes of it is dealt with.
    void wait_for_delivery() {
        delivered_ = new Delivered(*this);
        unit_ = queue::Receipt::Unit(queue::Receipt::Ref(*delivered_));
        kept_ = queue::Receipt::Ref(*delivered_);
        if (!meta.text) meta.text = std::make_unique<queue::MetaText>();
        meta.text->receipt = kept_;
        node->run->receipts.add(*delivered_);
    }
    // Both steps of its receipt are made: whoever made the second holds locks.
    void is_dealt_with() {
        is_told_ = true;
        node->run->scheduler.post(*this, nullptr);
    }
    // False: it is still under way. Otherwise it is gone.
    bool go(ThreadContext& thread) {
        if (of != nullptr && of->is_dead()) return end(thread, given_up(*node)), true;
        if (line != nullptr) return send_along(thread), false;
        InPlace* const timed = outlet->prompt ? &thread.run.state_of(*node).in_place : nullptr;
        const Time begun = timed != nullptr ? thread.world.now() : 0;
        const trace::SpanId before = std::exchange(thread.parent, parent);
        Entry how;
        how.then = this;
        CallResult sent = outlet->only != nullptr && outlet->only->loops
                              ? call_edge(thread, *outlet->only, &meta, message.get(), how)
                              : send(thread, *outlet, &meta, message.get(), how);
        thread.parent = before;
        const bool over = !sent.pending();
        if (over) result(thread, std::move(sent));
        if (timed == nullptr) return over;
        const Time now = thread.world.now();
        timed->took(now, now - begun);
        return over;
    }

private:
    void send_along(ThreadContext& thread) {
        const trace::SpanId before = std::exchange(thread.parent, parent);
        line->send(thread, &meta, message.get(), *this);  // and may be gone then
        thread.parent = before;
    }
    Continuation* lasting(ThreadContext&) override {
        holders_.fetch_add(1, std::memory_order_relaxed);
        return this;
    }
    void awaits(Awaited*) override { release(); }
    bool notes(const CallResult& result) const override { return ahead != nullptr && !result.failed(); }
    void release() {
        if (holders_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
    }

    // A failure of what no message began goes to the emitter's own error ports, which may have to wait in their turn.
    void result(ThreadContext& thread, CallResult came) override {
        if (told_ != nullptr) came = routed(thread, std::move(came));
        while (came.failed() && root) {
            asked_ = next_error_port(thread, *node, *came.error, asked_);
            if (asked_ == ErrorPort::none) break;
            cause_ = std::move(came.error);
            const ErrorMessage failed(thread, *cause_, message.get());
            told_ = failed.scratch;
            const trace::SpanId before = std::exchange(thread.parent, parent);
            CallResult sent = failed.send(thread, *node, asked_, &meta, this);
            thread.parent = before;
            if (sent.pending()) return;
            came = routed(thread, std::move(sent));
        }
        end(thread, std::move(came));
    }
    CallResult routed(ThreadContext& thread, CallResult sent) {
        thread.scratch.release(std::exchange(told_, nullptr));
        return after_error_port(thread.run, std::move(sent), cause_);
    }

    void end(ThreadContext& thread, CallResult came) {
        RunContext& run = thread.run;
        // Its `done` may do what it likes with it: only of one that answers somebody outside is it known that it is told.
        if (came.failed() && root && !run.state_of(*node).answers.load())
            count_root_failure(run, *node, &meta, *came.error);
        if (delivered_ == nullptr) return tell(run, std::move(came));
        result_ = std::move(came);
        unit_ = {};
        delivered_->emitted();  // and this one may be gone then
    }

    // What it has itself, or else what has become of the messages behind async edges.
    CallResult whole(CallResult own) {
        if (own.failed()) return own;
        if (auto why = delivered_->failure()) return CallResult(std::make_unique<Error>(std::move(*why)));
        if (delivered_->cancelled())
            return failure(Code::cancelled, "the run ended before all that came of it was dealt with", node);
        return own;
    }

    void tell(RunContext& run, CallResult came) {
        if (delivered_ != nullptr) {
            run.receipts.remove(*delivered_);
            came = whole(std::move(came));
        }
        flowrun_error error{};
        error.size = sizeof error;
        value::Value detail;
        if (came.failed()) {
            if (!came.error->detail.empty()) {
                if (auto parsed = value::parse(came.error->detail)) detail = std::move(*parsed);
            }
            fill(error, *came.error, detail.get());
        }
        guarded_aside(*node, done, user, came.status, came.reply ? handle_of(came.reply.get()) : nullptr,
                      came.failed() ? &error : nullptr);
        InFlight& part = run.part_of(*node);
        if (ahead != nullptr) ahead->ends();
        release();
        part.leave();
    }

    ErrorPort asked_ = ErrorPort::none;  // the last that its failure has gone to
    CallScratch* told_ = nullptr;        // set: the failure is on its way there
    std::unique_ptr<Error> cause_;
    std::atomic<std::uint32_t> holders_{1};

    // Where it waits for all that comes of it:
    Delivered* delivered_ = nullptr;
    queue::Receipt::Ref kept_;
    queue::Receipt::Unit unit_;  // until it has its own result
    CallResult result_;
    bool is_told_ = false;
};

void Delivered::step(std::uint8_t which) {
    if (steps_.fetch_or(which) != 0) of_.is_dealt_with();
}

// Not what `done` sends in its turn, which could go on for ever on one stack.
bool in_place(const Call& call, const Outlet& outlet) {
    ThreadContext& thread = *call.thread;
    return call.kind == Call::Kind::source && outlet.prompt && thread.run.context_if_here() == &thread &&
           !thread.in_place && thread.run.state_of(*call.node).in_place.pays(thread.world.now());
}

// A unit of its node's part by itself: the call that it belongs to may be given up before it is done.
AsyncEmit& make(Call& call, std::uint32_t port, const value::Node* message, const flowrun_meta* meta,
                flowrun_done_fn done, void* user) {
    auto& sent = *new AsyncEmit;
    sent.node = call.node;
    sent.outlet = &call.node->outlets[port];
    sent.meta = meta_for(call, meta);
    sent.message = value::Value::keep(*message);
    sent.root = call.kind != Call::Kind::message;
    sent.of = call.of;
    sent.parent = sent.root ? sent.meta.parent : call.thread->parent;
    sent.done = done;
    sent.user = user;
    call.thread->run.part_of(*call.node).enter();
    return sent;
}

bool can_send(const Call& call, std::uint32_t port, const value::Node* message, flowrun_done_fn done) {
    return port < call.node->outlets.size() && message != nullptr && done != nullptr;
}

// Whether a queue that answers later is what a message comes to, over sync edges that each are the only one of their port, but for
// the first: where there are several each is waited for.
bool leads_to_late_queue(const Edge& edge, std::vector<const Node*>& seen) {
    if (edge.async) return edge.queue->answers_later();
    const Node& node = *edge.to;
    if (std::find(seen.begin(), seen.end(), &node) != seen.end()) return false;
    seen.push_back(&node);
    return std::any_of(node.outlets.begin(), node.outlets.end(), [&](const Outlet& next) {
        return next.only != nullptr && leads_to_late_queue(*next.only, seen);
    });
}

bool goes_in_line(const Outlet& outlet) { return outlet.edges.size() > 1 && !outlet.parallel; }

FanLine& line_of(ThreadContext& thread, const Node& node, std::uint32_t port) {
    auto& lines = thread.run.state_of(node).lines;
    if (lines.size() <= port) lines.resize(port + 1);
    if (!lines[port]) lines[port] = std::make_unique<FanLine>(node.outlets[port]);
    return *lines[port];
}

}  // namespace

namespace {

std::int32_t emit_later(Call& call, std::uint32_t port, const value::Node* message, const flowrun_meta* meta,
                        flowrun_done_fn done, void* user, bool delivered) {
    ThreadContext& thread = *call.thread;
    RunContext& run = thread.run;
    if (!can_send(call, port, message, done)) return FLOWRUN_E_INTERNAL;
    if (call.of != nullptr && call.of->is_dead()) return FLOWRUN_E_CANCELLED;
    if (run.shutdown.cancelled() || told_to_end(call)) return FLOWRUN_E_CANCELLED;
    if (begins_messages(call) && !run.begin_message(thread)) return FLOWRUN_E_CANCELLED;
    AsyncEmit& sent = make(call, port, message, meta, done, user);
    if (delivered) sent.wait_for_delivery();
    if (in_place(call, *sent.outlet)) {
        thread.in_place = true;
        sent.run(thread);
        thread.in_place = false;
    } else {
        run.scheduler.post(sent, &thread);
    }
    return FLOWRUN_OK;
}

}  // namespace

std::int32_t emit_async(Call& call, std::uint32_t port, const value::Node* message, const flowrun_meta* meta,
                        flowrun_done_fn done, void* user) {
    return emit_later(call, port, message, meta, done, user, false);
}

std::int32_t emit_delivered(Call& call, std::uint32_t port, const value::Node* message, const flowrun_meta* meta,
                            flowrun_done_fn done, void* user) {
    if (call.kind != Call::Kind::source) return FLOWRUN_E_INTERNAL;
    return emit_later(call, port, message, meta, done, user, true);
}

bool window_pays(const Node& node, std::uint32_t port) {
    if (port >= node.outlets.size()) return false;
    const Outlet& outlet = node.outlets[port];
    std::vector<const Node*> seen;
    return (outlet.only != nullptr || goes_in_line(outlet)) &&
           std::any_of(outlet.edges.begin(), outlet.edges.end(),
                       [&](const Edge* edge) { return leads_to_late_queue(*edge, seen); });
}

// What waits for its place in a queue has that: queues are entered in the order of the line. Whatever else a message may wait
// for it could be overtaken in.
std::int32_t emit_in_order(Call& call, std::uint32_t port, const value::Node* message, const flowrun_meta* meta,
                           flowrun_done_fn done, void* user) {
    ThreadContext& thread = *call.thread;
    if (call.kind != Call::Kind::source || !can_send(call, port, message, done)) return FLOWRUN_E_INTERNAL;
    if (told_to_end(call) || !thread.run.begin_message(thread)) {
        const std::int32_t status = emit(call, port, message, meta);
        if (status >= 0) done(user, status, nullptr, nullptr);
        return status;
    }
    AsyncEmit& sent = make(call, port, message, meta, done, user);
    Ahead& ahead = thread.run.state_of(*call.node).ahead;
    sent.ahead = &ahead;
    if (goes_in_line(*sent.outlet)) sent.line = &line_of(thread, *call.node, port);
    ahead.begins();
    thread.left = ThreadContext::Left::for_answer;
    const bool before = std::exchange(thread.in_place, true);
    const bool over = sent.go(thread);
    thread.in_place = before;
    if (over || thread.left == ThreadContext::Left::for_word) return FLOWRUN_OK;
    // Where the queue is full it is better filled here, when half of it is free, than by those who are told its answers.
    const bool full = thread.left == ThreadContext::Left::for_room;
    (void)wait_for_answers(thread, ahead, full ? ahead.open() / 2 : 0);
    return FLOWRUN_OK;
}

std::int32_t wait_for_window(Call& call, std::uint64_t most) {
    if (call.kind != Call::Kind::source) return FLOWRUN_E_INTERNAL;
    return wait_for_answers(*call.thread, call.thread->run.state_of(*call.node).ahead, most);
}

}  // namespace flowrun::engine
