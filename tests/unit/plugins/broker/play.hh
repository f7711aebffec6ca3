#pragma once
// A host for components that work on threads of their own, as far as these need one: what they emit stays in the flow until the
// test answers it. One at a time.

#include <flowrun/component.hh>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <time.h>

#include "component/values_table.hh"

namespace flowrun::test {

class PlayedHost {
public:
    PlayedHost() { current() = this; }
    ~PlayedHost() { current() = nullptr; }
    PlayedHost(const PlayedHost&) = delete;
    PlayedHost& operator=(const PlayedHost&) = delete;

    struct Sent {
        std::string json, trace;
        flowrun_done_fn done = nullptr;
        void* user = nullptr;
    };
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<Sent> sent;                            // into the flow
    std::vector<std::string> raised, logged;           // "invalid: …"
    std::int32_t stopping = FLOWRUN_OK;                // of the run
    std::vector<std::pair<int, std::string>> ended{};  // pending calls: status and text

    template <class Act>
    void tell(Act&& act) {
        const std::scoped_lock lock(mutex);
        act();
        changed.notify_all();
    }
    template <class Test>
    bool until(Test&& test) {
        std::unique_lock lock(mutex);
        return changed.wait_for(lock, std::chrono::seconds(30), std::forward<Test>(test));
    }
    bool sends(std::size_t count) {
        return until([&] { return sent.size() >= count; });
    }
    // The flow is done with the message that was sent as the how manieth.
    void finish(std::size_t which, sdk::Status status = sdk::Status::ok, const std::string& reply = {}) {
        Sent one;
        tell([&] { one = sent.at(which); });
        sdk::Builder builder(&component::values_table());
        const flowrun_value* value = nullptr;
        if (!reply.empty() && builder.json(reply)) value = builder.finish().raw();
        const sdk::Failure failure(status, "it has failed");
        const flowrun_error error = failure.raw();
        one.done(one.user, static_cast<std::int32_t>(status), value, sdk::is_error(status) ? &error : nullptr);
    }

    const flowrun_host& table() const { return made(); }
    sdk::Node node() const { return {&made(), nullptr}; }
    sdk::Call call() const { return {&made(), nullptr}; }

private:
    static PlayedHost*& current() {
        static PlayedHost* one = nullptr;
        return one;
    }
    static std::int64_t now() {
        timespec at{};
        clock_gettime(CLOCK_MONOTONIC, &at);
        return std::int64_t{at.tv_sec} * 1'000'000'000 + at.tv_nsec;
    }
    static std::string text_of(const flowrun_value* value) {
        return sdk::Value(&component::values_table(), value).json();
    }
    // A ticket is the number of its call.
    static flowrun_ticket* pend(flowrun_call*) {
        static char some = 0;
        return reinterpret_cast<flowrun_ticket*>(&some);
    }
    static std::int32_t complete(flowrun_ticket*, std::int32_t status, const flowrun_value*,
                                 const flowrun_error* error) {
        current()->tell([&] {
            current()->ended.emplace_back(status,
                                          error == nullptr ? "" : std::string(error->message, error->message_size));
        });
        return FLOWRUN_OK;
    }
    static std::int32_t emit_async(flowrun_call*, std::uint32_t, const flowrun_value* value, const flowrun_meta* meta,
                                   flowrun_done_fn done, void* user) {
        Sent one{text_of(value), {}, done, user};
        if (meta != nullptr && meta->traceparent != nullptr)
            one.trace.assign(meta->traceparent, meta->traceparent_size);
        current()->tell([&] { current()->sent.push_back(one); });
        return FLOWRUN_OK;
    }
    static std::int32_t raise(flowrun_call*, const flowrun_error* error, const flowrun_value* value) {
        current()->tell([&] {
            current()->raised.push_back(std::string(error->message, error->message_size) + ": " + text_of(value));
        });
        return error->code;
    }
    static void log(flowrun_node*, std::uint32_t, const char* text, std::uint64_t size) {
        current()->tell([&] { current()->logged.emplace_back(text, size); });
    }
    static std::int32_t is_stopping(flowrun_call*) {
        const std::scoped_lock lock(current()->mutex);
        return current()->stopping;
    }
    static const flowrun_host& made() {
        static const flowrun_host table = [] {
            flowrun_host host{};
            host.size = sizeof host;
            host.values = &component::values_table();
            host.now = now;
            host.wall = now;
            host.emit_async = emit_async;
            host.raise = raise;
            host.log = log;
            host.stopping = is_stopping;
            host.pend = pend;
            host.complete = complete;
            host.call_of = [](flowrun_ticket*) -> flowrun_call* { return nullptr; };
            host.node_name = [](flowrun_node*) { return "played"; };
            host.extension = [](const char* id) -> const void* {
                static constexpr flowrun_delivered delivered = {sizeof(flowrun_delivered), 0, emit_async};
                return std::string_view(id) == FLOWRUN_DELIVERED_ID ? &delivered : nullptr;
            };
            host.error_of = [](flowrun_call*, flowrun_error*) -> std::int32_t { return FLOWRUN_E_INVALID; };
            return host;
        }();
        return table;
    }
};

}  // namespace flowrun::test
