#include "engine/batch.hh"

#include <memory>
#include <vector>

#include "engine/crash.hh"
#include "engine/run.hh"
#include "engine/visit.hh"

namespace flowrun::engine {
namespace {

// Enters the node and calls it. The results are each call's own, or one that holds for all.
void call_all(Lane& lane, Hop& h, const Parcels& parcels, std::vector<Call>& calls,
              std::vector<std::int32_t>& results) {
    const Edge& edge = *h.edge;
    std::vector<flowrun_call*> handles;
    std::vector<const flowrun_value*> messages;
    for (std::size_t i = 0; i < parcels.size(); ++i) {
        Call& call = calls[i];
        call.lane = &lane;
        call.node = edge.to;
        call.meta = &parcels[i]->item.meta;
        call.message = parcels[i]->item.body.get();
        call.attempt = h.number;
        handles.push_back(handle_of(call));
        messages.push_back(handle_of(call.message));
    }
    std::int32_t all = guarded(*edge.to, edge.to->table.handle_batch, edge.to->self_of(h.instance), handles.data(),
                               edge.port, messages.data(), results.data(), std::uint64_t{parcels.size()});
    for (std::size_t i = 0; i < calls.size(); ++i) {
        if (all != FLOWRUN_OK) results[i] = all;
    }
}

void begin(Hop& h, const Parcel& first, const Entry& entry) {
    static_cast<HopWork&>(h) = {};
    h.meta = &first.item.meta;
    h.message = first.item.body.get();
    h.number = entry.number;
    h.attempt = true;
}

void write_spans(Lane& lane, const Hop& h, const Parcels& parcels, std::size_t i, std::int32_t status) {
    Hop own = h;
    const Parcel& parcel = *parcels[i];
    own.queued = parcel.item.queued;
    own.parent_before = parcel.item.meta.parent;
    if (i != 0) own.span = lane.run.ids.span();
    write_span(lane, own, parcel.item.meta, lane.run.world.now(), outcome_of(lane, status, false),
               status < 0 ? note_of(*lane.error) : nullptr);
}

}  // namespace

value::Value list_of(const Parcels& parcels) {
    value::Builder builder;
    builder.list();
    for (const auto& parcel : parcels) builder.value(*parcel->item.body.get());
    builder.end();
    const value::Node* list = builder.finish();
    return list == nullptr ? value::Value() : value::Value::keep(*list);
}

void handle_batch(Lane& lane, const Edge& edge, const Parcels& parcels, const Entry& entry,
                  const std::function<void(std::size_t, std::int32_t)>& done) {
    begin(lane.trail.push(edge, nullptr), *parcels.front(), entry);
    lane.parent = parcels.front()->item.meta.parent;
    std::int32_t refused = enter_node(lane, lane.trail.back(), entry.expires);
    std::unique_ptr<Error> why = std::move(lane.error);
    std::vector<Call> calls(parcels.size());
    std::vector<std::int32_t> results(parcels.size(), FLOWRUN_OK);
    if (refused == 0) {
        ++lane.depth;
        call_all(lane, lane.trail.back(), parcels, calls, results);
        --lane.depth;
    }
    Hop h = lane.trail.back();
    lane.trail.pop();
    leave_gate(lane, h);
    restore_deadline(lane, h);
    for (std::size_t i = 0; i < parcels.size(); ++i) {
        std::int32_t status = refused != 0 ? refused : conclude(calls[i], results[i]);
        if (refused != 0) lane.error = std::make_unique<Error>(*why);
        if (h.span != 0) write_spans(lane, h, parcels, i, status);
        lane.reply = {};
        done(i, status);
        lane.error.reset();
    }
    lane.parent = 0;
}

}  // namespace flowrun::engine
