#include "engine/host/async_emit.hh"

#include <utility>

#include "engine/call/call_edge.hh"
#include "engine/call/error_route.hh"
#include "engine/call/failure.hh"
#include "engine/call/pending_call.hh"
#include "engine/call/run_context.hh"
#include "engine/call/send.hh"
#include "engine/call/waits.hh"
#include "engine/graph/guarded.hh"
#include "engine/host/emit.hh"
#include "value/json.hh"

namespace flowrun::engine {
namespace {

// Owns itself from emit_async to `done`.
class AsyncEmit final : public Task, private Continuation {
public:
    const Node* node = nullptr;
    const Outlet* outlet = nullptr;
    queue::Meta meta;
    value::Value message;
    trace::SpanId parent = 0;
    bool root = false;
    PendingCall* of = nullptr;  // the pending call that it was emitted from: its component completes that after `done`
    flowrun_done_fn done = nullptr;
    void* user = nullptr;

    void run(Thread& on) override {
        ThreadContext& thread = context_of(on);
        if (of != nullptr && of->is_dead()) return end(thread, given_up(*node));
        InPlace* const timed = outlet->prompt ? &thread.run.state_of(*node).in_place : nullptr;
        const Time begun = timed != nullptr ? thread.world.now() : 0;
        const trace::SpanId before = std::exchange(thread.parent, parent);
        Entry how;
        how.then = this;
        CallResult sent = outlet->only != nullptr && outlet->only->loops
                              ? call_edge(thread, *outlet->only, &meta, message.get(), how)
                              : send(thread, *outlet, &meta, message.get(), how);
        thread.parent = before;
        if (!sent.pending()) result(thread, std::move(sent));
        if (timed == nullptr) return;
        const Time now = thread.world.now();
        timed->took(now, now - begun);
    }

private:
    Continuation* lasting(ThreadContext&) override { return this; }
    void awaits(Awaited*) override {}

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
        flowrun_error error{};
        error.size = sizeof error;
        value::Value detail;
        if (came.failed()) {
            // Its `done` may do what it likes with it: only of one that answers somebody outside is it known that it is told.
            if (root && !run.state_of(*node).answers.load()) count_root_failure(run, *node, &meta, *came.error);
            if (!came.error->detail.empty()) {
                if (auto parsed = value::parse(came.error->detail)) detail = std::move(*parsed);
            }
            fill(error, *came.error, detail.get());
        }
        guarded_aside(*node, done, user, came.status, came.reply ? handle_of(came.reply.get()) : nullptr,
                      came.failed() ? &error : nullptr);
        InFlight& part = run.part_of(*node);
        delete this;
        part.leave();
    }

    ErrorPort asked_ = ErrorPort::none;  // the last that its failure has gone to
    CallScratch* told_ = nullptr;        // set: the failure is on its way there
    std::unique_ptr<Error> cause_;
};

// Not what `done` sends in its turn, which could go on for ever on one stack.
bool in_place(const Call& call, const Outlet& outlet) {
    ThreadContext& thread = *call.thread;
    return call.kind == Call::Kind::source && outlet.prompt && thread.run.context_if_here() == &thread &&
           !thread.in_place && thread.run.state_of(*call.node).in_place.pays(thread.world.now());
}

}  // namespace

std::int32_t emit_async(Call& call, std::uint32_t port, const value::Node* message, const flowrun_meta* meta,
                        flowrun_done_fn done, void* user) {
    ThreadContext& thread = *call.thread;
    RunContext& run = thread.run;
    if (port >= call.node->outlets.size() || message == nullptr || done == nullptr) return FLOWRUN_E_INTERNAL;
    if (call.of != nullptr && call.of->is_dead()) return FLOWRUN_E_CANCELLED;
    if (run.shutdown.cancelled() || told_to_end(call)) return FLOWRUN_E_CANCELLED;
    if (begins_messages(call) && !run.begin_message(thread)) return FLOWRUN_E_CANCELLED;
    auto& sent = *new AsyncEmit;
    sent.node = call.node;
    sent.outlet = &call.node->outlets[port];
    sent.meta = meta_for(call, meta);
    sent.message = value::Value::keep(*message);
    sent.root = call.kind != Call::Kind::message;
    sent.of = call.of;
    sent.parent = sent.root ? sent.meta.parent : thread.parent;
    sent.done = done;
    sent.user = user;
    // By itself: the call that it belongs to may be given up before it is done.
    run.part_of(*call.node).enter();
    if (in_place(call, *sent.outlet)) {
        thread.in_place = true;
        sent.run(thread);
        thread.in_place = false;
    } else {
        run.scheduler.post(sent, &thread);
    }
    return FLOWRUN_OK;
}

}  // namespace flowrun::engine
