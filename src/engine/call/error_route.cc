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

ErrorPort next_error_port(const ThreadContext& thread, const Node& node, const Error& error, ErrorPort asked) {
    if (thread.cancelled.load(std::memory_order_relaxed) || thread.abandoned.load(std::memory_order_relaxed)) {
        return ErrorPort::none;
    }
    const bool own = error.node == node.name;
    if (asked == ErrorPort::none && own && !node.error.edges.empty()) return ErrorPort::error;
    return asked != ErrorPort::failed && !node.failed.edges.empty() ? ErrorPort::failed : ErrorPort::none;
}

CallResult after_error_port(RunContext& run, CallResult sent, std::unique_ptr<Error>& cause) {
    if (sent.failed()) {
        sent.error->causes.push_back(std::move(*cause));
        cause.reset();
    } else if (sent.filtered) {
        sent = CallResult(std::move(cause));
    } else {
        sent.handled = true;
        run.totals.handled.fetch_add(1, std::memory_order_relaxed);
    }
    return sent;
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

CallResult ErrorMessage::send(ThreadContext& thread, const Node& node, ErrorPort port, const queue::Meta* meta,
                              Continuation* then) const {
    DeadlineLifted lifted(thread);
    Entry how;
    how.then = then;
    CallResult result = engine::send(thread, port == ErrorPort::error ? node.error : node.failed, meta, made_, how);
    if (result.pending()) lifted.forget();
    return result;
}

CallResult to_error_route(ThreadContext& thread, const Node& node, const queue::Meta* meta, const value::Node* message,
                          CallResult failed) {
    ErrorPort port = ErrorPort::none;
    while (failed.failed()) {
        port = next_error_port(thread, node, *failed.error, port);
        if (port == ErrorPort::none) break;
        std::unique_ptr<Error> cause = std::move(failed.error);
        const ErrorMessage told(thread, *cause, message);
        failed = after_error_port(thread.run, told.send(thread, node, port, meta, nullptr), cause);
        thread.scratch.release(told.scratch);
    }
    return failed;
}

}  // namespace flowrun::engine
