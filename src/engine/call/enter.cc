#include "engine/call/enter.hh"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "engine/call/run_context.hh"

namespace flowrun::engine {
namespace {

void start_span(ThreadContext& thread, Frame& frame) {
    frame.start = thread.world.now();
    frame.span = thread.run.ids.span();
    frame.parent_before = thread.parent;
    thread.parent = frame.span;
}

std::unique_ptr<trace::Note> note_of(const Error& error) {
    auto note = std::make_unique<trace::Note>();
    note->code = error.code;
    note->error = error.message;
    return note;
}

}  // namespace

void clear_frame(Frame& frame) { static_cast<FrameWork&>(frame) = {}; }

CallResult enter_node(ThreadContext& thread, Frame& frame, Time expires) {
    if (thread.run.observer != nullptr) start_span(thread, frame);
    if (expires != never) set_deadline(thread, frame, expires, std::max<Time>(expires - thread.world.now(), 0));
    return frame.edge->to->exclusive ? lock_instance(thread, frame) : CallResult();
}

void set_deadline(ThreadContext& thread, Frame& frame, Time expires, Duration allowed) {
    if (expires >= thread.deadline()) return;
    frame.timed = true;
    frame.outer = thread.swap_deadline({expires, allowed});
    thread.run.watchdog.need();
}

// The watchdog hints again when the outer deadline has passed as well.
void restore_deadline(ThreadContext& thread, Frame& frame) {
    if (!std::exchange(frame.timed, false)) return;
    thread.set_deadline(frame.outer.at, frame.outer.allowed);
    if (thread.interrupt.load(std::memory_order_relaxed) != 0) [[unlikely]]
        thread.review_interrupt();
}

// With a key, always the same copy of the node; else whichever is free.
CallResult lock_instance(ThreadContext& thread, Frame& frame) {
    const Node& node = *frame.edge->to;
    const bool pinned = node.instances > 1 && frame.edge->spec->order == flow::Order::by_key;
    const std::uint32_t wanted = pinned ? node.instance_of(frame.meta->key()) : InstanceLock::none;
    const std::uint32_t got = node.lock->enter(thread, thread.run.scheduler, never, wanted);
    if (got == InstanceLock::none) {
        CallResult result = interrupted(thread);
        if (!result.failed()) return failure(Code::timeout, fmt::format("'{}' is busy", node.name), &node);
        result.error->message += fmt::format(", waiting for '{}', which is busy", node.name);
        return result;
    }
    frame.holds_instance = true;
    frame.instance = got;
    return {};
}

void unlock_instance(Frame& frame) {
    if (!std::exchange(frame.holds_instance, false)) return;
    frame.edge->to->lock->leave(frame.instance);
}

Time expires_of(World& world, const flow::EdgeSpec& spec) {
    const Duration least = spec.timeout == 0    ? spec.deadline
                           : spec.deadline == 0 ? spec.timeout
                                                : std::min(spec.timeout, spec.deadline);
    return least == 0 ? never : after(world.now(), least);
}

trace::Outcome outcome_of(const ThreadContext& thread, const CallResult& result) {
    if (thread.abandoned.load(std::memory_order_relaxed)) return trace::Outcome::late;
    if (result.handled) return trace::Outcome::claimed;
    return result.failed() ? trace::Outcome::failed : trace::Outcome::ok;
}

void write_span(ThreadContext& thread, const Frame& frame, const queue::Meta& meta, trace::Outcome outcome,
                const Error* error) {
    trace::Span span;
    span.trace = meta.trace;
    span.id = frame.span;
    span.parent = frame.parent_before;
    span.start = thread.run.wall_of(frame.start);
    span.queued = frame.queued == 0 ? 0 : std::max<std::int64_t>(frame.start - frame.queued, 0);
    span.handled = frame.end - frame.start;
    span.message = meta.number;
    span.edge = frame.edge->index;
    span.node = frame.edge->to->index;
    span.port = static_cast<std::uint16_t>(frame.edge->port);
    span.attempt = static_cast<std::uint16_t>(std::min<std::uint32_t>(frame.number, 0xFFFF));
    span.async = frame.edge->async;
    span.outcome = outcome;
    if (error != nullptr) span.note = note_of(*error);
    if (meta.text && !meta.text->id.empty()) {
        if (!span.note) span.note = std::make_unique<trace::Note>();
        span.note->message_id = meta.text->id;
    }
    thread.run.observer->span(std::move(span));
}

void write_given_up(ThreadContext& thread, const Edge& edge, const queue::Meta& meta, Time begun, Time queued,
                    std::uint32_t number, const Error& error) {
    Frame frame{};
    frame.edge = &edge;
    frame.start = begun;
    frame.end = thread.world.now();
    frame.queued = queued;
    frame.span = thread.run.ids.span();
    frame.parent_before = meta.parent;
    frame.number = number;
    write_span(thread, frame, meta, trace::Outcome::failed, &error);
}

CallResult interrupted(ThreadContext& thread) {
    thread.review_interrupt();
    const Node* at = thread.stack.size() == 0 ? nullptr : thread.stack.back().edge->to;
    if (thread.abandoned.load()) return failure(Code::cancelled, "its caller has given it up", at);
    if (thread.cancelled.load()) return failure(Code::cancelled, "the run is ending", at);
    const Time deadline = thread.deadline();
    if (deadline == never || thread.world.now() < deadline) return {};
    return failure(Code::timeout, "no answer in time" + timed_by(thread), at);
}

std::string shown(Duration d) {
    if (d % second == 0) return fmt::format("{}s", d / second);
    if (d >= millisecond) return fmt::format("{}ms", d / millisecond);
    return fmt::format("{}us", d / microsecond);
}

std::string timed_by(ThreadContext& thread) {
    for (std::size_t i = thread.stack.size(); i-- > 0;) {
        const Frame& frame = thread.stack[i];
        if (!frame.timed) continue;
        const Edge& edge = frame.plain ? *frame.first : *frame.edge;
        const Duration of = edge.spec->timeout != 0 ? edge.spec->timeout : edge.spec->deadline;
        return fmt::format(" ({} on {})", shown(of), edge.name);
    }
    return {};
}

}  // namespace flowrun::engine
