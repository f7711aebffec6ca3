#include "engine/route.hh"

#include <utility>

#include <fmt/core.h>

#include "engine/attempts.hh"
#include "engine/failure.hh"
#include "engine/fan.hh"
#include "engine/hops.hh"
#include "engine/pump.hh"
#include "engine/run.hh"
#include "engine/steps.hh"
#include "engine/ticket.hh"
#include "trace/context.hh"

namespace flowrun::engine {
namespace {

// A sync edge, whatever its policy.
std::int32_t call_through(Lane& lane, const Edge& edge, const queue::Meta* meta, const value::Node* message) {
    return edge.loops ? hop(lane, edge, meta, message) : attempts(lane, edge, meta, message);
}

queue::Item item_of(Lane& lane, queue::Meta meta, const value::Node* message) {
    queue::Item item;
    item.body = value::Value::keep(*message);
    item.meta = std::move(meta);
    item.meta.parent = lane.parent;
    return item;
}

std::int32_t enqueue(Lane& lane, const Edge& edge, const queue::Meta* meta, const value::Node* message) {
    if (edge.bare) return edge.pump->push(lane, item_of(lane, *meta, message));
    Steps taken = steps(lane, edge, meta, message);
    std::int32_t status = taken.status;
    Counts& counts = lane.counts[edge.index];
    if (status < 0) {
        add(counts.accepted);
        add(counts.failed);
    } else if (taken.filtered) {
        add(counts.accepted);
        add(counts.filtered);
    } else {
        queue::Item item = taken.own_meta != nullptr ? item_of(lane, std::move(*taken.own_meta), taken.message)
                                                     : item_of(lane, *meta, taken.message);
        status = edge.pump->push(lane, std::move(item));
    }
    if (taken.made != nullptr) lane.give_back(taken.made);
    delete taken.own_meta;
    return status;
}

std::int32_t one(Lane& lane, const Edge& edge, const queue::Meta* meta, const value::Node* message) {
    return edge.async ? enqueue(lane, edge, meta, message) : call_through(lane, edge, meta, message);
}

std::int32_t several(Lane& lane, const Outlet& outlet, const queue::Meta* meta, const value::Node* message) {
    std::vector<Branched> results;
    if (outlet.parallel) {
        results = fan_out(lane, outlet, meta, message, one);
    } else {
        for (const Edge* edge : outlet.edges) {
            lane.reply = {};
            Branched& result = results.emplace_back();
            result.status = one(lane, *edge, meta, message);
            if (result.status < 0) result.error = std::move(lane.error);
            result.reply = std::exchange(lane.reply, {});
        }
    }
    std::vector<Error> errors;
    for (Branched& result : results) {
        if (result.status < 0) errors.push_back(std::move(*result.error));
        if (result.status >= 0 && !lane.reply) lane.reply = std::move(result.reply);
    }
    if (errors.empty()) return FLOWRUN_OK;
    lane.reply = {};
    lane.error = gathered(std::move(errors));
    return static_cast<std::int32_t>(lane.error->code);
}

// A route runs outside the deadline that has expired.
class DeadlineLifted {
public:
    explicit DeadlineLifted(Lane& lane) : lane_(lane), before_(lane.deadline.load(std::memory_order_relaxed)) {
        if (before_ == never || lane.run.world.now() < before_) return;
        lifted_ = true;
        lane.set_deadline(never);
        lane.interrupt.store(lane.cancelled.load() || lane.abandoned.load() ? 1 : 0);
    }
    ~DeadlineLifted() {
        if (!lifted_) return;
        lane_.set_deadline(before_);
        lane_.interrupt.store(1);
    }
    DeadlineLifted(const DeadlineLifted&) = delete;
    DeadlineLifted& operator=(const DeadlineLifted&) = delete;

private:
    Lane& lane_;
    const Time before_;
    bool lifted_ = false;
};

// What a node does outside of a call that anyone waits for is not over before this is.
class OpenWhile {
public:
    explicit OpenWhile(const Node* node) : node_(node) {
        if (node_ != nullptr) node_->open.fetch_add(1);
    }
    ~OpenWhile() {
        if (node_ != nullptr) node_->run->ended(*node_);
    }
    OpenWhile(const OpenWhile&) = delete;
    OpenWhile& operator=(const OpenWhile&) = delete;

private:
    const Node* node_;
};

bool may_claim(Lane& lane, const Node& node) {
    return !node.error.edges.empty() && !lane.cancelled.load(std::memory_order_relaxed) &&
           !lane.abandoned.load(std::memory_order_relaxed);
}

std::int32_t root_failed(Call& call, const queue::Meta& meta, const value::Node* message) {
    Lane& lane = *call.lane;
    std::int32_t status = claim(lane, *call.node, &meta, message);
    if (status >= 0) return status;
    Run& run = lane.run;
    bool ending = lane.error->code == Code::cancelled && (run.stopping.load() || run.cancelled.load());
    if (ending) {
        run.refused.fetch_add(1, std::memory_order_relaxed);
    } else {
        run.root_failed.fetch_add(1, std::memory_order_relaxed);
        run.report(call.node, nullptr, &meta, *lane.error);
    }
    return status;
}

void apply(const flowrun_meta& given, queue::Meta& meta) {
    auto text = [&]() -> queue::MetaText& {
        if (!meta.text) meta.text = std::make_unique<queue::MetaText>();
        return *meta.text;
    };
    if (given.id != nullptr && given.id_size != 0) text().id.assign(given.id, given.id_size);
    if (given.key != nullptr && given.key_size != 0) text().key.assign(given.key, given.key_size);
    if (given.total != 0) {
        meta.index = given.index;
        meta.total = given.total;
    }
    if (given.time != 0) meta.time = given.time;
}

queue::Meta root_meta(Lane& lane, const flowrun_meta* given) {
    Run& run = lane.run;
    queue::Meta meta;
    meta.number = lane.number();
    meta.trace = run.trace;
    meta.parent = run.trace_parent;
    if (given != nullptr && given->traceparent != nullptr && given->traceparent_size != 0) {
        if (auto context = trace::parse_traceparent({given->traceparent, given->traceparent_size})) {
            meta.trace = context->trace;
            meta.parent = context->span;
        }
    }
    if (meta.trace == trace::TraceId{} && run.observer != nullptr) meta.trace = run.ids.trace();
    if (run.observer != nullptr) meta.time = run.world.wall();
    return meta;
}

std::int32_t emit_root(Call& call, std::uint32_t port, const value::Node* message, const flowrun_meta* given) {
    Lane& lane = *call.lane;
    Run& run = lane.run;
    if (call.kind == Call::Kind::source && run.stopping.load(std::memory_order_relaxed)) {
        return failing(lane, Code::cancelled, "the run is stopping", call.node);
    }
    queue::Meta meta = root_meta(lane, given);
    if (given != nullptr) apply(*given, meta);
    trace::SpanId before = std::exchange(lane.parent, meta.parent);
    if (call.kind == Call::Kind::source) run.began_message(lane);
    std::int32_t status = send(lane, call.node->outlets[port], &meta, message);
    if (status < 0) status = root_failed(call, meta, message);
    lane.parent = before;
    return status;
}

}  // namespace

queue::Meta meta_for(Call& call, const flowrun_meta* given) {
    if (call.meta == nullptr) {
        queue::Meta meta = root_meta(*call.lane, given);
        if (given != nullptr) apply(*given, meta);
        return meta;
    }
    queue::Meta meta = *call.meta;
    if (given == nullptr) return meta;
    // A part of a message has an id of its own, so that it can be told from its siblings.
    if (given->total != 0 && (given->id == nullptr || given->id_size == 0)) {
        if (!meta.text) meta.text = std::make_unique<queue::MetaText>();
        meta.text->id = fmt::format("{}.{}", call.meta->id(), given->index);
    }
    apply(*given, meta);
    return meta;
}

std::int32_t send(Lane& lane, const Outlet& outlet, const queue::Meta* meta, const value::Node* message) {
    if (outlet.only != nullptr) return one(lane, *outlet.only, meta, message);
    if (outlet.edges.empty()) return FLOWRUN_OK;
    return several(lane, outlet, meta, message);
}

std::int32_t hand_on(Lane& lane, const Outlet& outlet, const queue::Meta* meta, const value::Node* message,
                     queue::Item* own) {
    const Edge* edge = outlet.only;
    bool moves = own != nullptr && edge != nullptr && edge->bare && meta == &own->meta && message == own->body.get();
    if (!moves) return send(lane, outlet, meta, message);
    // Taken only when the queue takes it; until then, and when it fails, it is the delivery's as before.
    return edge->pump->push(lane, std::move(*own));
}

std::int32_t claim(Lane& lane, const Node& node, const queue::Meta* meta, const value::Node* message) {
    if (!may_claim(lane, node)) return static_cast<std::int32_t>(lane.error->code);
    std::unique_ptr<Error> error = std::move(lane.error);
    Extra& extra = lane.lend();
    value::Builder& builder = extra.builder();
    builder.map();
    builder.key("error");
    write(*error, builder);
    builder.key("msg");
    // A message so deep that a map around it would be too deep is left out: that it failed is told all the same.
    message != nullptr && message->height < value::max_depth ? builder.value(*message) : builder.null();
    builder.end();
    const value::Node* made = builder.finish();
    lane.reply = {};
    std::int32_t status = FLOWRUN_OK;
    {
        DeadlineLifted lifted(lane);
        status = send(lane, node.error, meta, made);
    }
    lane.give_back(&extra);
    // What failed in the route goes on; what it was to deal with is its cause.
    if (status < 0) lane.error->causes.push_back(std::move(*error));
    return status;
}

std::int32_t emit(Call& call, std::uint32_t port, const value::Node* message, const flowrun_meta* given) {
    Lane& lane = *call.lane;
    const Node& node = *call.node;
    std::int32_t status = FLOWRUN_OK;
    // Counted, since the pending call may be given up while it goes on here.
    const OpenWhile open(call.of != nullptr ? &node : nullptr);
    if (call.of != nullptr && call.of->is_dead()) [[unlikely]] {
        status = given_up(lane, node);
    } else if (port >= node.outlets.size() || message == nullptr) [[unlikely]] {
        status = failing(lane, Code::internal,
                         message == nullptr ? fmt::format("'{}' emitted no value", node.name)
                                            : fmt::format("'{}' has no output port {}", node.name, port),
                         &node);
        if (call.kind != Call::Kind::message) status = root_failed(call, root_meta(lane, given), nullptr);
    } else if (call.kind != Call::Kind::message) {
        status = emit_root(call, port, message, given);
    } else if (given != nullptr) {
        queue::Meta meta = meta_for(call, given);
        status = send(lane, node.outlets[port], &meta, message);
    } else {
        const Outlet& outlet = node.outlets[port];
        status = outlet.only != nullptr && outlet.only->loops ? hop(lane, *outlet.only, call.meta, message)
                                                              : send(lane, outlet, call.meta, message);
    }
    if (call.extra == nullptr && status >= 0 && !lane.reply) [[likely]]
        return status;
    Extra& extra = call.more();
    extra.last_error = status < 0 ? std::move(lane.error) : nullptr;
    extra.last_reply = std::exchange(lane.reply, {});
    return status;
}

std::int32_t given_up(Lane& lane, const Node& node) {
    return failing(lane, Code::cancelled, fmt::format("the call of '{}' was given up before this", node.name), &node);
}

std::int32_t raise(Call& call, const value::Node* message) {
    Lane& lane = *call.lane;
    const OpenWhile open(call.of != nullptr ? call.node : nullptr);
    // The failure of a part is told with the call's own, which its timeout has ended.
    if (call.of != nullptr && call.of->is_dead()) return given_up(lane, *call.node);
    queue::Meta meta = meta_for(call, nullptr);
    if (lane.error->node.empty()) lane.error->node = call.node->name;
    trace::SpanId before = lane.parent;
    if (call.meta == nullptr) lane.parent = meta.parent;
    std::int32_t status = claim(lane, *call.node, &meta, message);
    if (status < 0) {
        lane.run.raised.fetch_add(1, std::memory_order_relaxed);
        lane.run.report(call.node, nullptr, &meta, *lane.error);
    }
    lane.parent = before;
    return status;
}

}  // namespace flowrun::engine
