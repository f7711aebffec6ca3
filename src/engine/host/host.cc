#include "engine/host/host.hh"

#include <fcntl.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

#include <fmt/core.h>

#include <flowrun/plugin.h>

#include "base/machine.hh"
#include "base/reason.hh"
#include "base/version.hh"
#include "component/values_table.hh"
#include "engine/call/failure.hh"
#include "engine/call/pending_call.hh"
#include "engine/call/run_context.hh"
#include "engine/call/settings.hh"
#include "engine/call/waits.hh"
#include "engine/host/async_emit.hh"
#include "engine/host/emit.hh"
#include "engine/host/extensions.hh"
#include "engine/host/spontaneous.hh"
#include "trace/context.hh"

namespace flowrun::engine {
namespace {

// --- sending on ---

std::int32_t host_emit(flowrun_call* call, std::uint32_t port, const flowrun_value* value) noexcept {
    return emit(call_of(call), port, node_of(value), nullptr);
}

std::int32_t host_emit_meta(flowrun_call* call, std::uint32_t port, const flowrun_value* value,
                            const flowrun_meta* meta) noexcept {
    flowrun_meta whole{};
    if (meta != nullptr) std::memcpy(&whole, meta, std::min<std::size_t>(meta->size, sizeof whole));
    return emit(call_of(call), port, node_of(value), meta == nullptr ? nullptr : &whole);
}

std::int32_t host_forward(flowrun_call* handle, std::uint32_t port, const flowrun_value* value) noexcept {
    Call& call = call_of(handle);
    // Only the handler of one message leaves by it; anyone else waits.
    const bool leaves = call.kind == Call::Kind::message && call.of == nullptr && !call.batched;
    if (!leaves || value == nullptr) return host_emit(handle, port, value);
    call.forward_port = call.forwarded == nullptr ? port : Call::forwarded_twice;
    call.forwarded = node_of(value);
    return FLOWRUN_FORWARDED;
}

std::int32_t host_emit_async(flowrun_call* call, std::uint32_t port, const flowrun_value* value,
                             const flowrun_meta* meta, flowrun_done_fn done, void* user) noexcept {
    return emit_async(call_of(call), port, node_of(value), meta, done, user);
}

// --- results ---

void host_reply(flowrun_call* call, const flowrun_value* value) noexcept {
    if (value != nullptr) call_of(call).more().reply = value::Value::keep(*node_of(value));
}

const flowrun_value* host_reply_of(flowrun_call* call) noexcept {
    CallScratch* scratch = call_of(call).scratch;
    return scratch == nullptr || !scratch->last_reply ? nullptr : handle_of(scratch->last_reply.get());
}

std::int32_t host_fail(flowrun_call* handle, const flowrun_error* error) noexcept {
    Call& call = call_of(handle);
    auto made = error_from(error, static_cast<std::int32_t>(Code::failed));
    auto status = static_cast<std::int32_t>(made->code);
    call.more().error = std::move(made);
    return status;
}

std::int32_t host_error_of(flowrun_call* handle, flowrun_error* out) noexcept {
    CallScratch* scratch = call_of(handle).scratch;
    if (out == nullptr || scratch == nullptr || !scratch->last_error) return FLOWRUN_E_INVALID;
    const Error& error = *scratch->last_error;
    const value::Node* detail = nullptr;
    if (!error.detail.empty()) {
        if (auto parsed = value::parse(error.detail)) {
            scratch->kept.push_back(std::move(*parsed));
            detail = scratch->kept.back().get();
        }
    }
    fill(*out, error, detail);
    return FLOWRUN_OK;
}

std::int32_t host_raise(flowrun_call* handle, const flowrun_error* error, const flowrun_value* value) noexcept {
    Call& call = call_of(handle);
    return raise(call, error_from(error, static_cast<std::int32_t>(Code::failed)), node_of(value));
}

void host_refuse(flowrun_node* node, const char* message, std::uint64_t size) noexcept {
    node_of(node).refusal = reason_of(message == nullptr ? std::string_view() : std::string_view(message, size));
}

// --- pending ---

flowrun_ticket* host_pend(flowrun_call* handle) noexcept {
    Call& call = call_of(handle);
    if (call.kind != Call::Kind::message || call.pending != nullptr || call.batched) return nullptr;
    return PendingCall::open(call)->handle();
}

std::int32_t host_complete(flowrun_ticket* ticket, std::int32_t status, const flowrun_value* reply,
                           const flowrun_error* error) noexcept {
    PendingCall* pending = PendingCall::of(ticket);
    if (pending == nullptr) return FLOWRUN_E_INVALID;
    std::unique_ptr<Error> made;
    if (status > 0) {
        made =
            failure(Code::internal, fmt::format("it was completed with {}, which is no result", status), nullptr).error;
        status = FLOWRUN_E_INTERNAL;
    } else if (status < 0 && error != nullptr) {
        made = error_from(error, status);
        status = static_cast<std::int32_t>(made->code);
    }
    return pending->complete(status, node_of(reply), std::move(made)) ? FLOWRUN_OK : FLOWRUN_E_CANCELLED;
}

flowrun_call* host_call_of(flowrun_ticket* ticket) noexcept {
    PendingCall* pending = PendingCall::of(ticket);
    return pending == nullptr ? nullptr : pending->call();
}

// --- calls that no message began ---

flowrun_call* host_begin(flowrun_node* node) noexcept {
    Call* call = begin(node_of(node));
    return call == nullptr ? nullptr : handle_of(*call);
}

void host_finish(flowrun_call* call) noexcept { finish(call_of(call)); }

// --- the message and the settings ---

// What a call hands to others: the hop's own span, and where none is recorded one that only they will know of. So each hop has
// a parent id of its own, whether its trace is written or not.
trace::Context context_to_hand_on(const Call& call, const trace::TraceId& trace, bool sampled) {
    RunContext& run = call.thread->run;
    const bool recorded = run.observer != nullptr && call.thread->parent != 0;
    return {trace, recorded ? call.thread->parent : run.ids.span(), sampled};
}

std::int32_t host_meta(flowrun_call* handle, flowrun_meta* out) noexcept {
    Call& call = call_of(handle);
    if (out == nullptr) return FLOWRUN_E_INVALID;
    if (call.meta == nullptr) return FLOWRUN_E_UNAVAILABLE;
    const queue::Meta& meta = *call.meta;
    CallScratch& scratch = call.more();
    const std::string id = meta.id();
    const std::size_t id_size = id.size();
    if (!scratch.text) {  // once: what was handed out lasts as long as the call
        scratch.text = std::make_unique<std::string>(
            id + trace::format_traceparent(context_to_hand_on(call, meta.trace, meta.sampled)));
    }
    flowrun_meta all{};
    all.size = std::min<std::uint32_t>(out->size, sizeof all);
    all.attempt = call.attempt;
    all.id = scratch.text->data();
    all.id_size = id_size;
    if (meta.text && !meta.text->key.empty()) {
        all.key = meta.text->key.data();
        all.key_size = meta.text->key.size();
    }
    all.index = meta.index;
    all.total = meta.total;
    all.traceparent = scratch.text->data() + id_size;
    all.traceparent_size = scratch.text->size() - id_size;
    RunContext& run = call.thread->run;
    run.asks_for_time.store(true, std::memory_order_relaxed);
    all.time = meta.time != 0 ? meta.time : run.world.wall();
    std::memcpy(out, &all, all.size);
    return FLOWRUN_OK;
}

const flowrun_value* host_setting(flowrun_call* call, std::uint32_t index) noexcept {
    return handle_of(setting(call_of(call), index));
}

std::int32_t host_setting_status(flowrun_call* call) noexcept {
    CallScratch* scratch = call_of(call).scratch;
    return scratch == nullptr ? FLOWRUN_OK : scratch->setting_status;
}

// --- time and waiting ---

std::int64_t host_deadline(flowrun_call* call) noexcept { return call_of(call).thread->deadline(); }

std::int32_t host_stopping(flowrun_call* call) noexcept { return stopping(call_of(call)); }
std::int32_t host_sleep(flowrun_call* call, std::int64_t duration) noexcept { return sleep(call_of(call), duration); }

std::int32_t host_wait_fd(flowrun_call* call, std::int32_t fd, std::uint32_t events, std::int64_t timeout) noexcept {
    if (events != FLOWRUN_READ && events != FLOWRUN_WRITE) return FLOWRUN_E_INVALID;
    if (fd < 0 || ::fcntl(fd, F_GETFD) < 0) return FLOWRUN_E_INVALID;
    return wait_fd(call_of(call), fd, events == FLOWRUN_WRITE, timeout);
}

flowrun_timer* host_timer(flowrun_node* node, std::int64_t delay, flowrun_timer_fn fn, void* user) noexcept {
    if (fn == nullptr) return nullptr;
    return node_of(node).run->component_timers.start(node_of(node), delay, fn, user);
}

std::int32_t host_timer_cancel(flowrun_timer* timer) noexcept {
    RunContext* run = RunContext::current();
    return run != nullptr && run->component_timers.cancel(timer) ? 1 : 0;
}

// --- seeing ---

void host_log(flowrun_node* node, std::uint32_t level, const char* text, std::uint64_t size) noexcept {
    const Node& from = node_of(node);
    auto at = static_cast<Level>(std::min<std::uint32_t>(level, FLOWRUN_ERROR));
    if (text != nullptr) from.run->reporter.log(from.name, at, reason_of({text, size}));
}

const char* host_node_name(flowrun_node* node) noexcept { return node_of(node).name.c_str(); }

std::int32_t host_traceparent(flowrun_call* handle, char out[56]) noexcept {
    Call& call = call_of(handle);
    const RunContext& run = call.thread->run;
    const trace::TraceId trace = call.meta != nullptr ? call.meta->trace : run.trace;
    if (trace == trace::TraceId{}) return FLOWRUN_E_UNAVAILABLE;
    const bool sampled = call.meta != nullptr ? call.meta->sampled : run.trace_sampled;
    const std::string text = trace::format_traceparent(context_to_hand_on(call, trace, sampled));
    std::memcpy(out, text.c_str(), std::min<std::size_t>(text.size() + 1, 56));
    return FLOWRUN_OK;
}

// These have no call to tell the run by; a process has one run at a time.
World& world_now() {
    if (RunContext* run = RunContext::current()) return run->world;
    static Machine machine;  // not before it is needed: it takes descriptors, of which there may be none
    return machine;
}
std::int64_t host_now() noexcept { return world_now().now(); }
std::int64_t host_wall() noexcept { return world_now().wall(); }

flowrun_host table() {
    flowrun_host t{};
    t.size = sizeof t;
    t.abi_major = FLOWRUN_ABI_MAJOR;
    t.abi_minor = FLOWRUN_ABI_MINOR;
    t.version = version;
    t.values = &component::values_table();
    t.extension = extension;
    t.emit = host_emit;
    t.emit_meta = host_emit_meta;
    t.forward = host_forward;
    t.emit_async = host_emit_async;
    t.reply = host_reply;
    t.reply_of = host_reply_of;
    t.fail = host_fail;
    t.error_of = host_error_of;
    t.raise = host_raise;
    t.refuse = host_refuse;
    t.pend = host_pend;
    t.complete = host_complete;
    t.call_of = host_call_of;
    t.begin = host_begin;
    t.finish = host_finish;
    t.meta = host_meta;
    t.setting = host_setting;
    t.setting_status = host_setting_status;
    t.now = host_now;
    t.wall = host_wall;
    t.deadline = host_deadline;
    t.stopping = host_stopping;
    t.sleep = host_sleep;
    t.wait_fd = host_wait_fd;
    t.timer = host_timer;
    t.timer_cancel = host_timer_cancel;
    t.log = host_log;
    t.node_name = host_node_name;
    t.traceparent = host_traceparent;
    return t;
}

}  // namespace

const flowrun_host& host() {
    static const flowrun_host only = table();
    return only;
}

}  // namespace flowrun::engine
