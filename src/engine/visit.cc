#include "engine/visit.hh"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "engine/hops.hh"
#include "engine/run.hh"

namespace flowrun::engine {
namespace {

void start_span(Lane& lane, Hop& h) {
    h.start = lane.run.world.now();
    h.span = lane.run.ids.span();
    h.parent_before = lane.parent;
    lane.parent = h.span;
}

}  // namespace

// With a key, always the same copy of the node; else whichever is free.
std::int32_t enter_gate(Lane& lane, Hop& h) {
    Node& node = *h.edge->to;
    bool pinned = h.edge->spec->order == flow::Order::by_key && node.instances() > 1;
    std::uint32_t wanted = pinned ? node.instance_of(h.meta->key()) : Gate::any;
    std::uint32_t got = node.gate.enter(lane, &lane, lane.deadline.load(std::memory_order_relaxed), wanted);
    if (got == Gate::any) {
        if (std::int32_t status = interrupted(lane); status != 0) {
            lane.error->message += fmt::format(", waiting for '{}', which is busy", node.name);
            return status;
        }
        return failing(lane, Code::timeout, fmt::format("'{}' is busy", node.name), &node);
    }
    h.gated = true;
    h.instance = got;
    return 0;
}

void set_deadline(Lane& lane, Hop& h, Time expires) {
    Time outer = lane.deadline.load(std::memory_order_relaxed);
    if (expires >= outer) return;
    h.timed = true;
    h.deadline_before = outer;
    h.allowed_before = lane.allowed;
    lane.set_deadline(expires);
    lane.run.watch.need();
}

std::int32_t enter_node(Lane& lane, Hop& h, Time expires) {
    if (lane.run.observer != nullptr) start_span(lane, h);
    set_deadline(lane, h, expires);
    return h.edge->to->gated ? enter_gate(lane, h) : 0;
}

void restore_deadline(Lane& lane, Hop& h) {
    if (!std::exchange(h.timed, false)) return;
    lane.deadline.store(h.deadline_before, std::memory_order_relaxed);
    lane.allowed = h.allowed_before;
    // The watch sets it again when the outer deadline has passed as well.
    if (!lane.cancelled.load(std::memory_order_relaxed) && !lane.abandoned.load(std::memory_order_relaxed)) {
        lane.interrupt.store(0, std::memory_order_relaxed);
    }
}

Time expires_of(Lane& lane, const flow::EdgeSpec& spec) {
    Duration least = spec.timeout == 0    ? spec.deadline
                     : spec.deadline == 0 ? spec.timeout
                                          : std::min(spec.timeout, spec.deadline);
    return least == 0 ? never : after(lane.run.watch.now(), least);
}

void leave_gate(Lane& lane, Hop& h) {
    if (!std::exchange(h.gated, false)) return;
    h.edge->to->gate.leave(lane, h.instance);
}

trace::Outcome outcome_of(const Lane& lane, std::int32_t status, bool claimed) {
    if (lane.abandoned.load(std::memory_order_relaxed)) return trace::Outcome::late;
    return claimed ? trace::Outcome::claimed : status < 0 ? trace::Outcome::failed : trace::Outcome::ok;
}

void write_span(Lane& lane, const Hop& h, const queue::Meta& meta, Time end, trace::Outcome outcome,
                std::unique_ptr<trace::Note> note) {
    trace::Span span;
    span.trace = meta.trace;
    span.id = h.span;
    span.parent = h.parent_before;
    span.start = lane.run.wall_of(h.start);
    span.queued = h.queued == 0 ? 0 : std::max<std::int64_t>(h.start - h.queued, 0);
    span.handled = end - h.start;
    span.message = meta.number;
    span.edge = h.edge->index;
    span.node = h.edge->to->index;
    span.port = static_cast<std::uint16_t>(h.edge->port);
    span.attempt = static_cast<std::uint16_t>(std::min<std::uint32_t>(h.number, 0xFFFF));
    span.async = h.edge->async;
    span.outcome = outcome;
    if (meta.text && !meta.text->id.empty()) {
        if (!note) note = std::make_unique<trace::Note>();
        note->message_id = meta.text->id;
    }
    span.note = std::move(note);
    lane.run.observer->span(std::move(span));
}

void write_given_up(Lane& lane, const Edge& edge, const queue::Meta& meta, Time begun, Time queued,
                    std::uint32_t number) {
    Hop h{};
    h.edge = &edge;
    h.meta = &meta;
    h.start = begun;
    h.queued = queued;
    h.span = lane.run.ids.span();
    h.parent_before = meta.parent;
    h.number = number;
    write_span(lane, h, meta, lane.run.world.now(), trace::Outcome::failed, note_of(*lane.error));
}

std::unique_ptr<trace::Note> note_of(const Error& error) {
    auto note = std::make_unique<trace::Note>();
    note->code = error.code;
    note->error = error.message;
    return note;
}

}  // namespace flowrun::engine
