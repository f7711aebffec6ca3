#include "engine/call/error_route.hh"

#include <utility>

#include "engine/call/entry.hh"
#include "engine/call/failure.hh"
#include "engine/call/run_context.hh"
#include "engine/call/send.hh"

namespace flowrun::engine {
namespace {

// While an error route runs, a deadline that has passed is not in force.
class DeadlineLifted {
public:
    explicit DeadlineLifted(ThreadContext& thread) : thread_(thread) {
        const Time deadline = thread.deadline();
        if (deadline == never || thread.world.now() < deadline) return;
        lifted_ = true;
        before_ = thread.swap_deadline({});
        thread.review_interrupt();
    }
    // The chain has left the thread, and its deadlines with it.
    void forget() { lifted_ = false; }
    ~DeadlineLifted() {
        if (!lifted_) return;
        thread_.set_deadline(before_.at, before_.allowed);
        thread_.review_interrupt();
    }
    DeadlineLifted(const DeadlineLifted&) = delete;
    DeadlineLifted& operator=(const DeadlineLifted&) = delete;

private:
    ThreadContext& thread_;
    Thread::Deadline before_;
    bool lifted_ = false;
};

}  // namespace

bool has_error_route(const ThreadContext& thread, const Node& node) {
    return !node.error.edges.empty() && !thread.cancelled.load(std::memory_order_relaxed) &&
           !thread.abandoned.load(std::memory_order_relaxed);
}

ErrorMessage::ErrorMessage(ThreadContext& thread, const Error& error, const value::Node* message)
    : scratch(&thread.scratch.acquire()) {
    value::Builder& builder = scratch->builder();
    builder.map();
    builder.key("error");
    write(error, builder);
    builder.key("msg");
    // A message so deep that a map around it would be too deep is left out: that it failed is told all the same.
    message != nullptr && message->height < value::max_depth ? builder.value(*message) : builder.null();
    builder.end();
    made_ = builder.finish();
}

CallResult ErrorMessage::send(ThreadContext& thread, const Node& node, const queue::Meta* meta,
                              Continuation* then) const {
    DeadlineLifted lifted(thread);
    Entry how;
    how.then = then;
    CallResult result = engine::send(thread, node.error, meta, made_, how);
    if (result.pending()) lifted.forget();
    return result;
}

CallResult to_error_route(ThreadContext& thread, const Node& node, const queue::Meta* meta, const value::Node* message,
                          CallResult failed) {
    if (!has_error_route(thread, node)) return failed;
    const ErrorMessage told(thread, *failed.error, message);
    CallResult result = told.send(thread, node, meta, nullptr);
    thread.scratch.release(told.scratch);
    result.handled = !result.failed();
    if (result.failed()) result.error->causes.push_back(std::move(*failed.error));
    return result;
}

}  // namespace flowrun::engine
