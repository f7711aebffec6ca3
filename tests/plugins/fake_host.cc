#include "fake_host.hh"

#include <dlfcn.h>
#include <poll.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <utility>

#include <catch2/catch.hpp>

#include "component/values_table.hh"
#include "expr/zone.hh"
#include "value/json.hh"

namespace flowrun::test {

using component::from_c;
using component::to_c;
using value::Node;
using value::Value;

namespace {

FakeHost* current = nullptr;  // for now(), wall() and timers, which have no call: the newest of
std::vector<FakeHost*> alive;

Value parsed(std::string_view json) {
    auto read = value::parse(json);
    REQUIRE(read.has_value());
    return *read;
}

Failed failed_of(const flowrun_error& error) {
    Failed failed{error.code, std::string(error.message ? error.message : "", error.message_size), error.retryable,
                  error.retry_after, ""};
    if (error.detail) failed.detail = json_of(error.detail);
    return failed;
}

FakeCall& call_of(flowrun_call* call) { return *reinterpret_cast<FakeCall*>(call); }
flowrun_call* handle_of(FakeCall& call) { return reinterpret_cast<flowrun_call*>(&call); }

// Errors handed out point into the answer.
flowrun_error error_of(const Answer& answer, const Value& detail) {
    flowrun_error error{};
    error.size = sizeof error;
    error.code = answer.status;
    error.message = answer.error.message.data();
    error.message_size = answer.error.message.size();
    error.retryable = answer.error.retryable;
    error.retry_after = answer.error.retry_after;
    error.attempts = 1;
    error.node = "below";
    error.node_size = 5;
    error.detail = detail ? to_c(detail.get()) : nullptr;
    return error;
}

}  // namespace

std::string json_of(const flowrun_value* value) { return value::to_json(*from_c(value)); }

struct FakeTable {
    static std::int32_t emit_meta(flowrun_call* c, std::uint32_t port, const flowrun_value* v, const flowrun_meta* m) {
        FakeCall& call = call_of(c);
        return call.host->deliver(call, port, *from_c(v), m, false).status;
    }
    static std::int32_t emit(flowrun_call* c, std::uint32_t port, const flowrun_value* v) {
        return emit_meta(c, port, v, nullptr);
    }
    static std::int32_t forward(flowrun_call* c, std::uint32_t port, const flowrun_value* v) {
        FakeCall& call = call_of(c);
        const Answer answer = call.host->deliver(call, port, *from_c(v), nullptr, true);
        call.result = answer;
        return FLOWRUN_FORWARDED;
    }
    static std::int32_t emit_async(flowrun_call* c, std::uint32_t port, const flowrun_value* v, const flowrun_meta* m,
                                   flowrun_done_fn done, void* user) {
        FakeCall& call = call_of(c);
        FakeHost& host = *call.host;
        if (host.stopping != FLOWRUN_OK) return host.stopping;
        const Answer answer = host.deliver(call, port, *from_c(v), m, false);
        if (host.defer_async) host.async_.push_back({done, user});
        else FakeHost::call_done(answer, done, user);
        return FLOWRUN_OK;
    }

    static void reply(flowrun_call* c, const flowrun_value* v) { call_of(c).reply = Value::copy(*from_c(v)); }
    static const flowrun_value* reply_of(flowrun_call* c) { return to_c(call_of(c).last_reply.get()); }
    static std::int32_t fail(flowrun_call* c, const flowrun_error* error) {
        call_of(c).failed = failed_of(*error);
        return error->code;
    }
    static std::int32_t error_of(flowrun_call* c, flowrun_error* out) {
        FakeCall& call = call_of(c);
        if (!call.last || call.last->status >= 0) return FLOWRUN_E_INVALID;
        call.detail = call.last->error.detail.empty() ? Value() : parsed(call.last->error.detail);
        *out = test::error_of(*call.last, call.detail);
        return FLOWRUN_OK;
    }
    static std::int32_t raise(flowrun_call* c, const flowrun_error* error, const flowrun_value* v) {
        call_of(c).host->raised.push_back({failed_of(*error), json_of(v), from_c(v)->kind});
        return FLOWRUN_OK;
    }
    static void refuse(flowrun_node* node, const char* message, std::uint64_t size) {
        reinterpret_cast<FakeHost*>(node)->refused.assign(message, size);
    }

    static flowrun_ticket* pend(flowrun_call* c) {
        FakeCall& call = call_of(c);
        if (!call.host->may_pend) return nullptr;
        call.pending = true;
        return reinterpret_cast<flowrun_ticket*>(&call);
    }
    static std::int32_t complete(flowrun_ticket* ticket, std::int32_t status, const flowrun_value* v,
                                 const flowrun_error* error) {
        FakeCall& call = *reinterpret_cast<FakeCall*>(ticket);
        CHECK_FALSE(call.result);  // exactly once
        call.result = Answer{status, v ? json_of(v) : "", error ? failed_of(*error) : Failed{}};
        return FLOWRUN_OK;
    }
    static flowrun_call* call_of_ticket(flowrun_ticket* ticket) { return reinterpret_cast<flowrun_call*>(ticket); }
    static flowrun_call* begin(flowrun_node* node) {
        auto& host = *reinterpret_cast<FakeHost*>(node);
        return host.may_begin ? handle_of(host.open(nullptr)) : nullptr;
    }
    static void finish(flowrun_call*) {}

    static std::int32_t meta(flowrun_call* c, flowrun_meta* out) {
        const std::string& id = call_of(c).host->message_id;
        out->attempt = 1;
        out->total = call_of(c).host->message_total;
        out->id = id.data();
        out->id_size = id.size();
        return FLOWRUN_OK;
    }
    static const flowrun_value* evaluated(FakeCall& call, const Answer& answer) {
        call.setting_status = answer.status;
        if (answer.status < 0 || answer.reply.empty()) return nullptr;
        call.kept.push_back(parsed(answer.reply));
        return to_c(call.kept.back().get());
    }
    static const flowrun_value* setting(flowrun_call* c, std::uint32_t index) {
        FakeCall& call = call_of(c);
        const auto found = call.host->settings.find(index);
        if (found == call.host->settings.end()) return evaluated(call, Answer{});
        return evaluated(call, found->second(*call.message));
    }
    static const flowrun_value* item_setting(flowrun_call* c, std::uint32_t, const flowrun_value* item) {
        FakeCall& call = call_of(c);
        if (!call.host->item_setting) return evaluated(call, Answer{});
        call.last = call.host->item_setting(*from_c(item));
        return evaluated(call, *call.last);
    }
    static std::int32_t setting_status(flowrun_call* c) { return call_of(c).setting_status; }

    static std::int64_t now() { return current->now; }
    static std::int64_t deadline(flowrun_call*) { return INT64_MAX; }
    static std::int32_t stopping(flowrun_call* c) { return call_of(c).host->stopping; }
    static std::int32_t sleep(flowrun_call* c, std::int64_t duration) {
        FakeHost& host = *call_of(c).host;
        host.slept.push_back(duration);
        host.advance(duration);
        if (host.on_sleep) host.on_sleep();
        return host.stopping;
    }
    static std::int32_t wait_fd(flowrun_call* c, std::int32_t fd, std::uint32_t events, std::int64_t timeout) {
        pollfd ready{fd, static_cast<short>(events == FLOWRUN_READ ? POLLIN : POLLOUT), 0};
        FakeHost& host = *call_of(c).host;
        if (host.on_wait) host.on_wait();
        if (host.stopping != FLOWRUN_OK) return host.stopping;
        // Timers go off at once when nothing else would make it ready; a test that waits for nothing is an error.
        while (::poll(&ready, 1, 0) == 0) {
            if (timeout >= 0) {
                host.advance(timeout);
                return FLOWRUN_E_UNAVAILABLE;
            }
            if (host.timers_.empty() && ::poll(&ready, 1, 5000) == 0) return FLOWRUN_E_CANCELLED;
            if (!host.timers_.empty()) host.advance(1'000'000'000);
        }
        return host.stopping;
    }
    static flowrun_timer* timer(flowrun_node* node, std::int64_t after, flowrun_timer_fn fn, void* user) {
        auto& host = *reinterpret_cast<FakeHost*>(node);
        host.timers_.push_back({host.next_timer_, host.now + after, fn, user});
        return reinterpret_cast<flowrun_timer*>(host.next_timer_++);
    }
    static std::int32_t timer_cancel(flowrun_timer* timer) {
        return std::erase_if(current->timers_,
                             [timer](const auto& t) { return t.id == reinterpret_cast<std::uint64_t>(timer); }) == 1;
    }

    static void log(flowrun_node* node, std::uint32_t level, const char* text, std::uint64_t size) {
        reinterpret_cast<FakeHost*>(node)->logged.emplace_back(level, std::string(text, size));
    }
    static const char* node_name(flowrun_node*) { return "node"; }
    static std::int32_t traceparent(flowrun_call*, char out[56]) {
        std::memcpy(out, "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01", 56);
        return FLOWRUN_OK;
    }
    static const expr::Zone* zone_of(const char* name, std::uint64_t size) {
        const std::string_view zone(name, size);
        return expr::Zone::known(zone == "local" ? current->local_zone : zone).value_or(nullptr);
    }
    static std::int32_t zone_offset(const char* name, std::uint64_t size, std::int64_t at, std::int32_t* out) {
        const expr::Zone* const zone = zone_of(name, size);
        if (zone) *out = zone->offset(at);
        return zone ? FLOWRUN_OK : FLOWRUN_E_INVALID;
    }
    static std::int32_t zone_next_change(const char* name, std::uint64_t size, std::int64_t at, std::int64_t* out) {
        const expr::Zone* const zone = zone_of(name, size);
        if (zone) *out = zone->next_change(at).value_or(INT64_MAX);
        return zone ? FLOWRUN_OK : FLOWRUN_E_INVALID;
    }
    static void zone_problem(const char* name, std::uint64_t size, flowrun_write_fn write, void* user) {
        if (!zone_of(name, size)) write(user, "no such zone", 12);
    }
    static void reader_gone(flowrun_node* node) { ++reinterpret_cast<FakeHost*>(node)->readers_gone; }
    static std::uint32_t so_far(flowrun_node*) { return current->outcome; }
    // From here on nobody stops it.
    static std::int32_t enter_drain(flowrun_call* c) {
        FakeHost& host = *call_of(c).host;
        if (!host.may_drain) return FLOWRUN_E_CANCELLED;
        host.stopping = FLOWRUN_OK;
        return FLOWRUN_OK;
    }
    static const void* extension(const char* id) {
        static constexpr flowrun_reader reader = {sizeof(flowrun_reader), 0, reader_gone};
        if (std::string_view(id) == FLOWRUN_READER_ID) return &reader;
        static constexpr flowrun_drain drain = {sizeof(flowrun_drain), 0, enter_drain};
        if (std::string_view(id) == FLOWRUN_DRAIN_ID) return &drain;
        static constexpr flowrun_outcome outcome = {sizeof(flowrun_outcome), 0, so_far};
        if (current->has_outcome && std::string_view(id) == FLOWRUN_OUTCOME_ID) return &outcome;
        static constexpr flowrun_zone zone = {sizeof(flowrun_zone), 0, zone_offset, zone_next_change, zone_problem};
        if (current->has_zone && std::string_view(id) == FLOWRUN_ZONE_ID) return &zone;
        static constexpr flowrun_item item = {sizeof(flowrun_item), 0, &FakeTable::item_setting};
        return current->has_item && std::string_view(id) == FLOWRUN_ITEM_ID ? &item : nullptr;
    }

    static flowrun_host make() {
        flowrun_host t{};
        t.size = sizeof t;
        t.abi_major = FLOWRUN_ABI_MAJOR;
        t.abi_minor = FLOWRUN_ABI_MINOR;
        t.version = "test";
        t.values = &component::values_table();
        t.extension = extension;
        t.emit = emit;
        t.emit_meta = emit_meta;
        t.forward = forward;
        t.emit_async = emit_async;
        t.reply = reply;
        t.reply_of = reply_of;
        t.fail = fail;
        t.error_of = error_of;
        t.raise = raise;
        t.refuse = refuse;
        t.pend = pend;
        t.complete = complete;
        t.call_of = call_of_ticket;
        t.begin = begin;
        t.finish = finish;
        t.meta = meta;
        t.setting = setting;
        t.setting_status = setting_status;
        t.now = now;
        t.wall = now;
        t.deadline = deadline;
        t.stopping = stopping;
        t.sleep = sleep;
        t.wait_fd = wait_fd;
        t.timer = timer;
        t.timer_cancel = timer_cancel;
        t.log = log;
        t.node_name = node_name;
        t.traceparent = traceparent;
        return t;
    }
};

FakeHost::FakeHost(const std::string& path) : table_(FakeTable::make()) {
    alive.push_back(this);
    current = this;
    void* const library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    INFO((library ? "" : ::dlerror()));
    REQUIRE(library);
    plugin_ = static_cast<const flowrun_plugin*>(::dlsym(library, "flowrun_plugin_entry"));
    REQUIRE(plugin_);
    static std::set<const flowrun_plugin*> opened;  // once in a process, as the runner does
    if (opened.insert(plugin_).second && plugin_->open) REQUIRE(plugin_->open(&table_) == FLOWRUN_OK);
}

FakeHost::~FakeHost() {
    destroy();
    std::erase(alive, this);
    current = alive.empty() ? nullptr : alive.back();
}

FakeHost& FakeHost::current_host() { return *current; }

const flowrun_component& FakeHost::component(std::string_view id) const {
    for (std::uint32_t i = 0; i < plugin_->component_count; ++i) {
        if (plugin_->components[i]->id == id) return *plugin_->components[i];
    }
    FAIL("no component " << id);
    std::abort();
}

bool FakeHost::create(std::string_view id, std::string_view given) {
    component_ = &component(id);
    const Value value = parsed(given);
    const std::int32_t status =
        component_->create(&table_, reinterpret_cast<flowrun_node*>(this), to_c(value.get()), &self_);
    if (status != FLOWRUN_OK) {
        self_ = nullptr;
        return false;
    }
    const bool started = !component_->start || component_->start(self_) == FLOWRUN_OK;
    if (!started) destroy();
    return started;
}

void FakeHost::destroy() {
    timers_.clear();
    if (self_) component_->destroy(std::exchange(self_, nullptr));
}

std::string FakeHost::ports(std::string_view given) {
    const Value value = parsed(given);
    flowrun_builder* const out = table_.values->builder_new();
    REQUIRE(component_->ports_for(&table_, to_c(value.get()), out) == FLOWRUN_OK);
    const flowrun_value* const made = table_.values->build_finish(out);
    REQUIRE(made);
    std::string json = json_of(made);
    table_.values->builder_free(out);
    return json;
}

std::string FakeHost::mistake(std::string_view id, std::string_view given) {
    const Value value = parsed(given);
    const flowrun_component& asked = component(id);
    if (!asked.check) return "";
    flowrun_builder* const out = table_.values->builder_new();
    const bool found = asked.check(&table_, to_c(value.get()), out) < 0;
    const flowrun_value* const made = table_.values->build_finish(out);
    std::string json = found ? json_of(made) : "";
    table_.values->builder_free(out);
    return json;
}

FakeCall& FakeHost::open(const Node* message) {
    calls_.push_back(std::make_unique<FakeCall>());
    calls_.back()->host = this;
    calls_.back()->message = message;
    return *calls_.back();
}

Answer FakeHost::settle(FakeCall& call, std::int32_t status) {
    if (status == FLOWRUN_FORWARDED || status == FLOWRUN_PENDING) {
        REQUIRE(call.result);
        return *call.result;
    }
    Answer answer;
    answer.status = status;
    if (call.reply) answer.reply = value::to_json(*call.reply);
    if (status < 0) answer.error = call.failed.value_or(Failed{status, ""});
    call.result = answer;
    return answer;
}

FakeCall& FakeHost::begin(std::string_view json) {
    messages_.push_back(parsed(json));
    FakeCall& call = open(messages_.back().get());
    const std::int32_t status = component_->handle(self_, handle_of(call), 0, to_c(call.message));
    if (status != FLOWRUN_PENDING) settle(call, status);
    else REQUIRE(call.pending);
    return call;
}

Answer FakeHost::handle(std::string_view json, std::uint32_t port) {
    const Value message = parsed(json);
    FakeCall& call = open(message.get());
    return settle(call, component_->handle(self_, handle_of(call), port, to_c(message.get())));
}

std::vector<Answer> FakeHost::handle_batch(const std::vector<std::string>& jsons) {
    REQUIRE(component_->handle_batch);
    std::vector<Value> messages;
    std::vector<FakeCall*> calls;
    std::vector<flowrun_call*> handles;
    std::vector<const flowrun_value*> values;
    for (const std::string& json : jsons) {
        messages.push_back(parsed(json));
        calls.push_back(&open(messages.back().get()));
        handles.push_back(handle_of(*calls.back()));
        values.push_back(to_c(messages.back().get()));
    }
    std::vector<std::int32_t> results(jsons.size(), FLOWRUN_E_INTERNAL);
    REQUIRE(component_->handle_batch(self_, handles.data(), 0, values.data(), results.data(), jsons.size()) ==
            FLOWRUN_OK);
    std::vector<Answer> answers;
    for (std::size_t i = 0; i < jsons.size(); ++i) answers.push_back(settle(*calls[i], results[i]));
    return answers;
}

Answer FakeHost::run() {
    FakeCall& call = open(nullptr);
    return settle(call, component_->run(self_, handle_of(call)));
}

Answer FakeHost::end() {
    if (!component_->end) return {};
    FakeCall& call = open(nullptr);
    return settle(call, component_->end(self_, handle_of(call)));
}

Answer FakeHost::commit() {
    refused.clear();
    const std::int32_t status = component_->commit ? component_->commit(self_) : FLOWRUN_OK;
    return status < 0 ? Answer::failed(status, refused) : Answer{};
}

void FakeHost::stop() {
    if (component_->stop) component_->stop(self_);
}

Answer FakeHost::deliver(FakeCall& call, std::uint32_t port, const Node& value, const flowrun_meta* meta,
                         bool forwarded) {
    ++emitted_count;
    Emitted one{port, keep_emitted ? value::to_json(value) : "", "", "", 0, 0, forwarded};
    if (meta) {
        if (meta->id) one.id.assign(meta->id, meta->id_size);
        if (meta->key) one.key.assign(meta->key, meta->key_size);
        one.index = meta->index;
        one.total = meta->total;
    }
    if (keep_emitted) emitted.push_back(one);
    Answer answer = downstream(one);
    call.last_reply = answer.reply.empty() ? Value() : parsed(answer.reply);
    call.last = answer;
    if (on_emit) on_emit();
    return answer;
}

void FakeHost::call_done(const Answer& answer, flowrun_done_fn done, void* user) {
    const Value reply = answer.reply.empty() ? Value() : parsed(answer.reply);
    const Value detail = answer.error.detail.empty() ? Value() : parsed(answer.error.detail);
    const flowrun_error error = error_of(answer, detail);
    done(user, answer.status, reply ? to_c(reply.get()) : nullptr, answer.status < 0 ? &error : nullptr);
}

void FakeHost::finish_async(std::size_t which, const Answer& answer) {
    REQUIRE(which < async_.size());
    const Async one = async_[which];
    async_.erase(async_.begin() + static_cast<std::ptrdiff_t>(which));
    call_done(answer, one.done, one.user);
}

void FakeHost::advance(std::int64_t duration) {
    const std::int64_t until = now + duration;
    for (;;) {
        const auto first = std::min_element(timers_.begin(), timers_.end(),
                                            [](const Timer& a, const Timer& b) { return a.when < b.when; });
        if (first == timers_.end() || first->when > until) break;
        const Timer timer = *first;
        timers_.erase(first);
        now = std::max(now, timer.when);
        timer.fn(timer.user);
    }
    now = until;
}

std::vector<std::string> FakeHost::jsons() const {
    std::vector<std::string> all;
    for (const Emitted& one : emitted) all.push_back(one.json);
    return all;
}

}  // namespace flowrun::test
