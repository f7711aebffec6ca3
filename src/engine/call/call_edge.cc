#include "engine/call/call_edge.hh"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "engine/call/chain.hh"
#include "engine/call/conclude.hh"
#include "engine/call/enter.hh"
#include "engine/call/pending_call.hh"
#include "engine/call/run_context.hh"
#include "engine/call/send.hh"
#include "engine/call/steps.hh"
#include "engine/graph/guarded.hh"

namespace flowrun::engine {
namespace {

CallResult too_deep(ThreadContext& thread, const Edge& edge, const Entry& entry) {
    if (!entry.attempt) {
        add(thread.counts[edge.index].accepted);
        add(thread.counts[edge.index].failed);
    }
    return failure(Code::permanent,
                   fmt::format("calls are nested more than {} deep; put an async edge (~>) between them", max_depth),
                   edge.to);
}

// Of an edge that is not plain: all that comes before the call. Changes message and meta as the edge's steps say. False: the
// call is not made, `result` is what came of it.
bool enter(ThreadContext& thread, Frame& frame, const queue::Meta*& meta, const value::Node*& message, const Entry& how,
           CallResult& result) {
    const Edge& edge = *frame.edge;
    frame.queued = how.queued;
    frame.number = how.number;
    frame.attempt = how.attempt;
    frame.routes_error = how.routes_error;
    Time expires = how.last;
    if (how.attempt) {
        if (edge.spec->timeout != 0) expires = std::min(expires, after(thread.world.now(), edge.spec->timeout));
    } else {
        add(thread.counts[edge.index].accepted);
        frame.refused = true;
        if (thread.interrupt.load(std::memory_order_relaxed) != 0) {
            if (result = interrupted(thread); result.failed()) return false;
        }
        Steps taken = take_steps(thread, edge, meta, message);
        frame.own_meta = taken.own_meta;
        frame.made = taken.made;
        if (taken.result.failed()) return result = std::move(taken.result), false;
        if (taken.filtered) {
            result.filtered = true;
            return add(thread.counts[edge.index].filtered), free_frame(thread, frame), false;
        }
        frame.refused = false;
        if (taken.own_meta != nullptr) frame.meta = meta = taken.own_meta;
        frame.message = message = taken.message;
        expires = expires_of(thread.world, *edge.spec);
    }
    result = enter_node(thread, frame, expires);
    return !result.failed();
}

// What a handler has done and did not say, or the other way round; empty: its answer is true, or it has failed anyway.
std::string_view untruth(const Call& call, std::int32_t status) {
    if (status < 0) return {};
    if (call.forwarded != nullptr && call.forward_port == Call::forwarded_twice) {
        return "has forwarded more than once in one call: 'emit' sends all but the last";
    }
    const bool forwarded = status == FLOWRUN_FORWARDED;
    if (forwarded && call.forwarded == nullptr) return "answered that it forwarded, but it has not";
    if (!forwarded && call.forwarded != nullptr) {
        return "has forwarded a message and not answered so: it must return what 'forward' returned";
    }
    if (status == FLOWRUN_PENDING && call.pending == nullptr) return "answered that it is pending, but it has not";
    return {};
}

CallResult refused_answer(Call& call, std::string_view why) {
    call.more().error = failure(Code::internal, fmt::format("'{}' {}", call.node->name, why), call.node).error;
    return conclude(call, static_cast<std::int32_t>(Code::internal));
}

CallResult no_such_port(const Call& call) {
    return failure(Code::internal, fmt::format("'{}' has no output port {}", call.node->name, call.forward_port),
                   call.node);
}

// From `edge` along plain edges, as long as each handler forwards the message as it came and nothing else is to be done:
// the status of the last one's handler. Afterwards `edge` is where it stands. The run is the newest on the stack.
[[gnu::always_inline]] inline std::int32_t plain_run(ThreadContext& thread, Call& call, const Edge*& edge) {
    const std::size_t at = thread.stack.size() - 1;
    const Duration allowed = thread.allowed();  // what is called may change it, and sets it back
    const flowrun_value* message = handle_of(call.message);
    for (;;) {
        call.node = edge->to;
        if (thread.interrupt.load(std::memory_order_relaxed) != 0) [[unlikely]] {
            if (CallResult result = interrupted(thread); result.failed()) {
                call.more().error = std::move(result.error);
                return result.status;
            }
        }
        std::int32_t status = guarded(*edge->to, edge->handle, edge->self, handle_of(call), edge->port, message);
        const Edge* next = edge->next;
        bool onwards = status == FLOWRUN_FORWARDED && call.forwarded == call.message && call.scratch == nullptr &&
                       call.forward_port == 0 && next != nullptr && next->plain_within >= allowed;
        if (!onwards) return status;
        call.forwarded = nullptr;
        edge = next;
        thread.stack[at].set_edge(*edge);
    }
}

// Of a plain hop: what comes before the call. False: it is not made.
bool enter_plain(ThreadContext& thread, Frame& frame, const Entry& how, CallResult& result) {
    const Edge& edge = *frame.edge;
    frame.attempt = how.attempt;
    frame.routes_error = how.routes_error;
    frame.number = how.number;
    if (how.last != never) {
        const Time now = thread.world.now();
        const Time expires = std::min(how.last, edge.spec->timeout == 0 ? never : after(now, edge.spec->timeout));
        set_deadline(thread, frame, expires, std::max<Time>(expires - now, 0));
    } else if (edge.plain_within < thread.allowed() && thread.allowed() != never) {
        set_deadline(thread, frame, after(thread.world.now(), edge.plain_within), edge.plain_within);
    } else if (edge.plain_within < thread.allowed()) {
        frame.timed = true;
        frame.outer = thread.swap_deadline({-edge.plain_within, edge.plain_within});
        thread.run.watchdog.need();
    }
    if (!edge.to->exclusive) return true;
    frame.instance = 0;
    result = lock_instance(thread, frame);
    return !result.failed();
}

// A handler that will answer later: the chain leaves the thread, or waits on it where nobody would go on with it.
CallResult wait_for_answer(ThreadContext& thread, Call& call, std::size_t base, const Entry& entry) {
    PendingCall* pending = std::exchange(call.pending, nullptr);
    SuspendedChain here(base, entry.then);
    Continuation* chain = entry.then == nullptr ? nullptr : here.lasting(thread);
    if (chain == nullptr) return pending->await(thread);
    thread.left = ThreadContext::Left::for_answer;
    pending->detach(*chain);
    chain->awaits(pending);
    return CallResult::later();
}

}  // namespace

namespace {

// Makes the call of the newest frame: the handler's status. False: it is not made, `result` is what came of the hop.
[[gnu::always_inline]] inline bool make_call(ThreadContext& thread, Call& call, const Edge*& edge,
                                             const queue::Meta* meta, const value::Node* message, const Entry& how,
                                             std::int32_t& status, CallResult& result) {
    const bool plain = edge->plain_within >= 0;
    Frame& frame = thread.stack.push(*edge, plain ? edge : nullptr);
    call.meta = meta;
    call.message = message;
    if (plain) [[likely]] {
        frame.timed = frame.holds_instance = false;
        frame.scratch = nullptr;
        frame.message = message;
        frame.meta = meta;
        if (!enter_plain(thread, frame, how, result)) return false;
        status = plain_run(thread, call, edge);
        return true;
    }
    clear_frame(frame);
    frame.message = message;
    frame.meta = meta;
    if (!enter(thread, frame, call.meta, call.message, how, result)) {
        if (!result.failed()) thread.stack.pop();  // filtered
        return false;
    }
    call.node = edge->to;
    call.attempt = how.number;
    status = guarded(*edge->to, edge->to->handle, edge->to->self_of(frame.instance), handle_of(call), edge->port,
                     handle_of(call.message));
    return true;
}

// What the handler's status leads to. True: the chain goes on along `edge`. False: `result` is what came of it.
[[gnu::always_inline]] inline bool follow(ThreadContext& thread, Call& call, const Edge*& edge, std::size_t base,
                                          const Entry& entry, std::int32_t status, CallResult& result) {
    if (status == FLOWRUN_OK && call.scratch == nullptr && call.forwarded == nullptr) [[likely]]
        return false;
    const std::string_view wrong = untruth(call, status);
    if (status == FLOWRUN_PENDING && wrong.empty()) return result = wait_for_answer(thread, call, base, entry), false;
    if (call.pending != nullptr) [[unlikely]]
        std::exchange(call.pending, nullptr)->release();  // it asked to answer later, and has answered now
    if (!wrong.empty()) [[unlikely]]
        return result = refused_answer(call, wrong), false;
    if (status != FLOWRUN_FORWARDED) return result = conclude(call, status), false;
    call.message = std::exchange(call.forwarded, nullptr);
    Frame& left = thread.stack.back();
    left.scratch = std::exchange(call.scratch, nullptr);
    unlock_instance(left);
    if (call.forward_port >= edge->to->outlets.size()) [[unlikely]]
        return result = no_such_port(call), false;
    const Outlet& outlet = edge->to->outlets[call.forward_port];
    if (outlet.only != nullptr && outlet.only->loops) [[likely]] {
        edge = outlet.only;
        call.attempt = 1;
        return true;
    }
    SuspendedChain here(base, entry.then);
    Entry next;
    next.item = entry.item;
    next.then = entry.then == nullptr ? nullptr : &here;
    result = send(thread, outlet, call.meta, call.message, next);
    return false;
}

}  // namespace

CallResult call_edge(ThreadContext& thread, const Edge& first, const queue::Meta* meta, const value::Node* message,
                     const Entry& entry) {
    static constexpr Entry onward;
    if (thread.depth >= max_depth) [[unlikely]]
        return too_deep(thread, first, entry);
    const std::size_t base = thread.stack.size();
    const Edge* edge = &first;
    const Entry* how = &entry;
    ++thread.depth;
    CallResult result;
    std::int32_t status = FLOWRUN_OK;
    Call call;
    call.thread = &thread;
    call.attempt = entry.number;
    while (make_call(thread, call, edge, meta, message, *how, status, result) &&
           follow(thread, call, edge, base, entry, status, result)) {
        how = &onward;
        meta = call.meta;
        message = call.message;
    }
    --thread.depth;
    if (result.pending()) return result;
    if (!result.failed() && thread.stack.size() == base + 1 && thread.stack.back().plain) [[likely]] {
        result.handled = result.filtered = false;
        end_plain_run(thread);
        return result;
    }
    return leave_frames(thread, base, std::move(result), entry.then);
}

CallResult finish_call(ThreadContext& thread, Call& call, const Edge& made_on, const Entry& entry,
                       std::int32_t status) {
    static constexpr Entry onward;
    const std::size_t base = thread.stack.size() - 1;
    const Edge* edge = &made_on;
    ++thread.depth;
    CallResult result;
    while (follow(thread, call, edge, base, entry, status, result) &&
           make_call(thread, call, edge, call.meta, call.message, onward, status, result)) {}
    --thread.depth;
    if (result.pending()) return result;
    return leave_frames(thread, base, std::move(result), entry.then);
}

}  // namespace flowrun::engine
