#include "engine/hops.hh"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "engine/crash.hh"
#include "engine/failure.hh"
#include "engine/route.hh"
#include "engine/run.hh"
#include "engine/steps.hh"
#include "engine/unwind.hh"
#include "engine/visit.hh"

namespace flowrun::engine {
namespace {

// Beside the results of flowrun/component.h: what enter() found.
constexpr std::int32_t entered = 100, filtered = 101;

// Of an edge that is not plain: all that comes before the call. Changes message and meta as the edge's steps say.
std::int32_t enter(Lane& lane, Hop& h, const queue::Meta*& meta, const value::Node*& message, const Entry& how) {
    const Edge& edge = *h.edge;
    h.own_meta = nullptr;
    h.made = nullptr;
    h.span = 0;
    h.instance = 0;
    h.queued = how.queued;
    h.number = how.number;
    h.refused = false;
    h.attempt = how.attempt;
    h.claims = how.claims;
    if (!how.attempt) {
        add(lane.counts[edge.index].accepted);
        if (lane.interrupt.load(std::memory_order_relaxed) != 0) {
            if (std::int32_t status = interrupted(lane); status != 0) return h.refused = true, status;
        }
        Steps taken = steps(lane, edge, meta, message);
        h.own_meta = taken.own_meta;
        h.made = taken.made;
        if (taken.status < 0) return h.refused = true, taken.status;
        if (taken.filtered) return filtered;
        if (taken.own_meta != nullptr) h.meta = meta = taken.own_meta;
        h.message = message = taken.message;
    }
    std::int32_t status = enter_node(lane, h, how.attempt ? how.expires : expires_of(lane, *edge.spec));
    return status != 0 ? status : entered;
}

void start_call(Call& call, const Hop& h, const Entry& how) {
    call.node = h.edge->to;
    call.meta = h.meta;
    call.message = h.message;
    call.attempt = how.number;
}

std::int32_t no_such_port(Lane& lane, const Call& call) {
    return failing(lane, Code::internal, fmt::format("'{}' has no output port {}", call.node->name, call.forward_port),
                   call.node);
}

// A handler that answers what it has not done.
std::int32_t untrue(Call& call, std::string_view claim) {
    failing(*call.lane, Code::internal, fmt::format("'{}' answered that it {}, but it has not", call.node->name, claim),
            call.node);
    call.more().error = std::move(call.lane->error);
    return conclude(call, static_cast<std::int32_t>(Code::internal));
}

// From `edge` along plain edges, as long as each handler forwards the message as it came and nothing else is to be done:
// the result of the last one's handler. Afterwards `edge` is where it stands. The run is the newest on the trail.
[[gnu::always_inline]] inline std::int32_t plain_run(Lane& lane, Call& call, const Edge*& edge) {
    const std::size_t at = lane.trail.size() - 1;
    const Duration allowed = lane.allowed;  // what is called may change it, and sets it back
    const flowrun_value* message = handle_of(call.message);
    for (;;) {
        call.node = edge->to;
        if (lane.interrupt.load(std::memory_order_relaxed) != 0) [[unlikely]] {
            if (std::int32_t status = interrupted(lane); status != 0) {
                call.more().error = std::move(lane.error);
                return status;
            }
        }
        std::int32_t status = guarded(*edge->to, edge->handle, edge->self, handle_of(call), edge->port, message);
        const Edge* next = edge->next;
        bool onwards = status == FLOWRUN_FORWARDED && call.forwarded == call.message && call.extra == nullptr &&
                       call.forward_port == 0 && next != nullptr && next->plain_within >= allowed;
        if (!onwards) return status;
        call.forwarded = nullptr;
        edge = next;
        lane.trail[at].set_edge(*edge);
    }
}

std::int32_t not_pending(Call& call) { return untrue(call, "is pending"); }
std::int32_t not_forwarded(Call& call) { return untrue(call, "forwarded"); }

}  // namespace

std::int32_t hop(Lane& lane, const Edge& first, const queue::Meta* meta, const value::Node* message,
                 const Entry& entry) {
    static constexpr Entry onward;
    const std::size_t base = lane.trail.size();
    const Edge* edge = &first;
    const Entry* how = &entry;
    if (lane.depth >= max_depth) [[unlikely]]
        return too_deep(lane, first, entry);
    ++lane.depth;
    std::int32_t status = 0;
    Call call;
    call.lane = &lane;
    call.attempt = entry.number;
    for (;;) {
        const bool plain = edge->plain_within >= 0;
        Hop& h = lane.trail.push(*edge, plain ? edge : nullptr);
        h.extra = nullptr;
        h.message = message;
        h.meta = meta;
        h.timed = h.gated = false;
        call.meta = meta;
        call.message = message;
        if (plain) [[likely]] {
            h.attempt = how->attempt;
            h.claims = how->claims;
            h.number = how->number;
            if (how->expires != never) {
                set_deadline(lane, h, how->expires);
            } else if (edge->plain_within < lane.allowed) {
                set_deadline(lane, h, after(lane.run.watch.now(), edge->plain_within));
            }
            if (edge->to->gated) {
                h.instance = 0;
                if ((status = enter_gate(lane, h)) != 0) break;
            }
            status = plain_run(lane, call, edge);
        } else {
            if ((status = enter(lane, h, meta, message, *how)) != entered) {
                if (status != filtered) break;
                add(lane.counts[edge->index].filtered);
                free_hop(lane, h);
                lane.trail.pop();
                status = FLOWRUN_OK;
                break;
            }
            start_call(call, h, *how);
            const Node& node = *edge->to;
            status =
                guarded(node, node.handle, node.self_of(h.instance), handle_of(call), edge->port, handle_of(message));
        }
        if (status == FLOWRUN_OK && call.extra == nullptr) [[likely]]
            break;
        if (status == FLOWRUN_FORWARDED) {
            const Node& node = *edge->to;
            message = std::exchange(call.forwarded, nullptr);
            if (message == nullptr) [[unlikely]] {
                status = not_forwarded(call);
                break;
            }
            Hop& left = lane.trail.back();
            left.extra = std::exchange(call.extra, nullptr);
            leave_gate(lane, left);
            if (call.forward_port >= node.outlets.size()) [[unlikely]] {
                status = no_such_port(lane, call);
                break;
            }
            const Outlet& outlet = node.outlets[call.forward_port];
            if (outlet.only != nullptr && outlet.only->loops) [[likely]] {
                edge = outlet.only;
                how = &onward;
                continue;
            }
            status = hand_on(lane, outlet, meta, message, entry.item);
            break;
        }
        if (status == FLOWRUN_PENDING) {
            Ticket* ticket = std::exchange(call.ticket, nullptr);
            if (ticket == nullptr) {
                status = not_pending(call);
            } else if (entry.then != nullptr && entry.then->detaching(lane)) {
                --lane.depth;
                ticket->detach(lane, base, entry.expires, *entry.then);
                return FLOWRUN_PENDING;
            } else {
                status = ticket->await(lane);
            }
            break;
        }
        status = conclude(call, status);
        break;
    }
    --lane.depth;
    return unwind(lane, base, status);
}

std::int32_t too_deep(Lane& lane, const Edge& edge, const Entry& entry) {
    if (!entry.attempt) {
        add(lane.counts[edge.index].accepted);
        add(lane.counts[edge.index].failed);
    }
    return failing(lane, Code::permanent,
                   fmt::format("calls are nested more than {} deep; put an async edge (~>) between them", max_depth),
                   edge.to);
}

std::int32_t conclude(Call& call, std::int32_t status) {
    Lane& lane = *call.lane;
    if (call.ticket != nullptr) std::exchange(call.ticket, nullptr)->release();
    if (status == FLOWRUN_OK) {
        if (call.extra != nullptr) {
            lane.reply = std::move(call.extra->reply);
            lane.give_back(std::exchange(call.extra, nullptr));
        }
        return status;
    }
    if (!is_code(status)) {
        failing(lane, Code::internal, fmt::format("'{}' answered {}, which is no result", call.node->name, status),
                call.node);
        status = static_cast<std::int32_t>(Code::internal);
    } else if (call.extra != nullptr && call.extra->error) {
        lane.error = std::move(call.extra->error);
    } else if (call.extra != nullptr && call.extra->last_error &&
               static_cast<std::int32_t>(call.extra->last_error->code) == status) {
        lane.error = std::move(call.extra->last_error);
    } else {
        failing(lane, static_cast<Code>(status), fmt::format("'{}' failed without saying why", call.node->name),
                call.node);
    }
    if (lane.error->code != static_cast<Code>(status)) lane.error->code = static_cast<Code>(status);
    if (lane.error->node.empty()) lane.error->node = call.node->name;
    if (call.extra != nullptr) lane.give_back(std::exchange(call.extra, nullptr));
    return status;
}

std::int32_t interrupted(Lane& lane) {
    lane.interrupt.store(0, std::memory_order_seq_cst);
    const Node* at = lane.trail.size() == 0 ? nullptr : lane.trail.back().edge->to;
    if (lane.abandoned.load(std::memory_order_seq_cst)) {
        lane.interrupt.store(1, std::memory_order_relaxed);
        return failing(lane, Code::cancelled, "its caller has given it up", at);
    }
    if (lane.cancelled.load(std::memory_order_seq_cst)) {
        lane.interrupt.store(1, std::memory_order_relaxed);
        return failing(lane, Code::cancelled, "the run is ending", at);
    }
    Time deadline = lane.deadline.load(std::memory_order_relaxed);
    if (lane.run.world.now() < deadline) return 0;
    return failing(lane, Code::timeout, "no answer in time" + timed_by(lane), at);
}

std::string duration(Duration d) {
    if (d % second == 0) return fmt::format("{}s", d / second);
    if (d >= millisecond) return fmt::format("{}ms", d / millisecond);
    return fmt::format("{}us", d / microsecond);
}

// " (5s on a -> b)": the edge whose timeout is in force.
std::string timed_by(Lane& lane) {
    for (std::size_t i = lane.trail.size(); i-- > 0;) {
        const Hop& h = lane.trail[i];
        if (!h.timed) continue;
        const Edge& edge = h.plain ? *h.first : *h.edge;
        Duration of = edge.spec->timeout != 0 ? edge.spec->timeout : edge.spec->deadline;
        return fmt::format(" ({} on {})", duration(of), edge.name);
    }
    return {};
}

std::int32_t failing(Lane& lane, Code code, std::string message, const Node* node) {
    lane.error = std::make_unique<Error>(Error::of(code, std::move(message)));
    if (node != nullptr) lane.error->node = node->name;
    return static_cast<std::int32_t>(code);
}

}  // namespace flowrun::engine
