#include "engine/host/emit.hh"

#include <utility>

#include <fmt/core.h>

#include "engine/call/call_edge.hh"
#include "engine/call/error_route.hh"
#include "engine/call/pending_call.hh"
#include "engine/call/run_context.hh"
#include "engine/call/send.hh"
#include "engine/call/waits.hh"
#include "trace/context.hh"

namespace flowrun::engine {
namespace {

// A pending call may be given up while what it sends is still under way: its part is not over before that.
class InFlightWhile {
public:
    explicit InFlightWhile(const Call& call)
        : part_(call.of == nullptr ? nullptr : &call.thread->run.part_of(*call.node)) {
        if (part_ != nullptr) part_->enter();
    }
    ~InFlightWhile() {
        if (part_ != nullptr) part_->leave();
    }
    InFlightWhile(const InFlightWhile&) = delete;
    InFlightWhile& operator=(const InFlightWhile&) = delete;

private:
    InFlight* const part_;
};

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

queue::Meta root_meta(RunContext& run, const flowrun_meta* given) {
    queue::Meta meta;
    meta.number = run.next_number();
    meta.trace = run.trace;
    meta.parent = run.trace_parent;
    meta.sampled = run.trace_sampled;
    if (given != nullptr && given->traceparent != nullptr && given->traceparent_size != 0) {
        if (auto context = trace::parse_traceparent({given->traceparent, given->traceparent_size})) {
            meta.trace = context->trace;
            meta.parent = context->span;
            meta.sampled = context->sampled;
        }
    }
    if (meta.trace == trace::TraceId{}) meta.trace = run.ids.trace();
    if (run.asks_for_time.load(std::memory_order_relaxed)) meta.time = run.world.wall();
    if (given != nullptr) apply(*given, meta);
    return meta;
}

CallResult refused_emit(const Call& call, std::uint32_t port, const value::Node* message) {
    const Node& node = *call.node;
    return failure(Code::internal,
                   message == nullptr ? fmt::format("'{}' emitted no value", node.name)
                                      : fmt::format("'{}' has no output port {}", node.name, port),
                   &node);
}

CallResult send_out(ThreadContext& thread, const Outlet& outlet, const queue::Meta* meta, const value::Node* message) {
    if (outlet.only != nullptr && outlet.only->loops) return call_edge(thread, *outlet.only, meta, message);
    return send(thread, outlet, meta, message, {});
}

CallResult emit_root(Call& call, std::uint32_t port, const value::Node* message, const flowrun_meta* given) {
    ThreadContext& thread = *call.thread;
    RunContext& run = thread.run;
    if (told_to_end(call) || (begins_messages(call) && !run.begin_message(thread))) {
        return failure(Code::cancelled, "the run is stopping", call.node);
    }
    const queue::Meta meta = root_meta(run, given);
    const trace::SpanId before = std::exchange(thread.parent, meta.parent);
    CallResult result = send_out(thread, call.node->outlets[port], &meta, message);
    if (result.failed()) result = settle_root(call, meta, message, std::move(result));
    thread.parent = before;
    return result;
}

CallResult emit_on(Call& call, std::uint32_t port, const value::Node* message, const flowrun_meta* given) {
    ThreadContext& thread = *call.thread;
    if (port >= call.node->outlets.size() || message == nullptr) [[unlikely]] {
        CallResult result = refused_emit(call, port, message);
        if (call.kind == Call::Kind::message) return result;
        return settle_root(call, root_meta(thread.run, given), nullptr, std::move(result));
    }
    if (call.kind != Call::Kind::message) return emit_root(call, port, message, given);
    const Outlet& outlet = call.node->outlets[port];
    if (given != nullptr) {
        const queue::Meta meta = meta_for(call, given);
        return send(thread, outlet, &meta, message, {});
    }
    return send_out(thread, outlet, call.meta, message);
}

CallResult emit_late(Call& call, std::uint32_t port, const value::Node* message, const flowrun_meta* given) {
    const InFlightWhile in_flight(call);
    return call.of->is_dead() ? given_up(*call.node) : emit_on(call, port, message, given);
}

}  // namespace

bool begins_messages(const Call& call) {
    return call.kind == Call::Kind::source || (call.kind == Call::Kind::spontaneous && call.node->source);
}

queue::Meta meta_for(Call& call, const flowrun_meta* given) {
    if (call.meta == nullptr) return root_meta(call.thread->run, given);
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

std::int32_t emit(Call& call, std::uint32_t port, const value::Node* message, const flowrun_meta* given) {
    CallResult result =
        call.of == nullptr ? emit_on(call, port, message, given) : emit_late(call, port, message, given);
    if (call.scratch == nullptr && !result.failed() && !result.reply) [[likely]]
        return result.status;
    CallScratch& scratch = call.more();
    scratch.last_error = std::move(result.error);
    scratch.last_reply = std::move(result.reply);
    return result.status;
}

CallResult given_up(const Node& node) {
    return failure(Code::cancelled, fmt::format("the call of '{}' was given up before this", node.name), &node);
}

void count_root_failure(RunContext& run, const Node& node, const queue::Meta* meta, const Error& error) {
    if (error.code == Code::cancelled && run.shutdown.sources_end()) {
        run.totals.refused.fetch_add(1, std::memory_order_relaxed);
        return;
    }
    run.totals.root_failed.fetch_add(1, std::memory_order_relaxed);
    run.report(&node, nullptr, meta, error);
}

CallResult settle_root(Call& call, const queue::Meta& meta, const value::Node* message, CallResult failed) {
    CallResult result = to_error_route(*call.thread, *call.node, &meta, message, std::move(failed));
    if (result.failed()) count_root_failure(call.thread->run, *call.node, &meta, *result.error);
    return result;
}

std::int32_t raise(Call& call, std::unique_ptr<Error> error, const value::Node* message) {
    ThreadContext& thread = *call.thread;
    RunContext& run = thread.run;
    const InFlightWhile in_flight(call);
    // The failure of a part is told with the call's own, which its timeout has ended.
    if (call.of != nullptr && call.of->is_dead()) return static_cast<std::int32_t>(Code::cancelled);
    const queue::Meta meta = meta_for(call, nullptr);
    if (error->node.empty()) error->node = call.node->name;
    const trace::SpanId before = thread.parent;
    if (call.meta == nullptr) thread.parent = meta.parent;
    const CallResult result = to_error_route(thread, *call.node, &meta, message, CallResult(std::move(error)));
    if (result.failed()) {
        // Of a source it is a record; others have dealt with a message, and it is about what they made of that.
        (call.node->source ? run.totals.raised : run.totals.root_failed).fetch_add(1, std::memory_order_relaxed);
        run.report(call.node, nullptr, &meta, *result.error);
    }
    thread.parent = before;
    return result.status;
}

}  // namespace flowrun::engine
