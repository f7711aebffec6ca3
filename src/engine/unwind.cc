#include "engine/unwind.hh"

#include <algorithm>
#include <memory>
#include <utility>

#include "engine/route.hh"
#include "engine/run.hh"
#include "engine/visit.hh"

namespace flowrun::engine {
namespace {

// Of a run of plain hops that ended well.
std::int32_t settle_run(Lane& lane) {
    Hop& h = lane.trail.back();
    leave_gate(lane, h);
    restore_deadline(lane, h);
    lane.claimed = false;
    // A delivery's owner counts its edge.
    const Edge* first = h.attempt ? h.edge == h.first ? nullptr : h.first->next : h.first;
    if (first != nullptr) {
        add(lane.runs[first->index].begun);
        add(lane.runs[h.edge->index].ended);
    }
    if (h.extra != nullptr) lane.give_back(h.extra);
    lane.trail.pop();
    return FLOWRUN_OK;
}

// Makes a hop each of the run of plain ones that is newest: each may have an error route of its own.
void take_apart(Lane& lane) {
    const Hop run = lane.trail.back();
    lane.trail.pop();
    for (const Edge* edge = run.first;; edge = edge->next) {
        Hop& h = lane.trail.push(*edge, edge);
        h.message = run.message;
        h.meta = run.meta;
        h.extra = edge == run.edge ? run.extra : nullptr;
        bool head = edge == run.first;
        h.timed = head && run.timed;
        h.deadline_before = run.deadline_before;
        h.allowed_before = run.allowed_before;
        h.attempt = head && run.attempt;
        h.claims = !head || run.claims;
        h.number = head ? run.number : 1;
        h.gated = edge == run.edge && run.gated;
        h.instance = 0;
        if (edge == run.edge) break;
    }
}

// Of the newest hop. Takes it off the trail.
std::int32_t settle(Lane& lane, std::int32_t status) {
    if (lane.trail.back().plain) {
        if (status == FLOWRUN_OK) return settle_run(lane);
        take_apart(lane);
    }
    Hop h = lane.trail.back();
    lane.trail.pop();
    const Edge& edge = *h.edge;
    if (h.plain) h.refused = false, h.span = 0;
    Counts& counts = lane.counts[edge.index];
    if (h.plain && !h.attempt) add(counts.accepted);
    leave_gate(lane, h);
    restore_deadline(lane, h);
    Time end = h.span != 0 ? lane.run.world.now() : 0;
    std::unique_ptr<trace::Note> note = status < 0 && h.span != 0 ? note_of(*lane.error) : nullptr;
    bool claimed = false;
    if (status < 0 && h.claims && !h.refused) {
        lane.error->attempts = std::max(lane.error->attempts, h.attempt ? h.number : 1u);
        status = claim(lane, *edge.to, h.meta, h.message);
        claimed = status >= 0;
    }
    lane.claimed = claimed;
    if (!h.attempt) add(claimed ? counts.claimed : status < 0 ? counts.failed : counts.ok);
    if (lane.abandoned.load(std::memory_order_relaxed)) add(counts.late);
    if (h.span != 0) {
        write_span(lane, h, *h.meta, end, outcome_of(lane, status, claimed), std::move(note));
        lane.parent = h.parent_before;
    }
    free_hop(lane, h);
    return status;
}

}  // namespace

void free_hop(Lane& lane, const Hop& h) {
    if (h.extra != nullptr) lane.give_back(h.extra);
    if (h.plain) return;
    if (h.made != nullptr) lane.give_back(h.made);
    delete h.own_meta;
}

std::int32_t unwind(Lane& lane, std::size_t base, std::int32_t status) {
    while (lane.trail.size() > base) status = settle(lane, status);
    return status;
}

}  // namespace flowrun::engine
