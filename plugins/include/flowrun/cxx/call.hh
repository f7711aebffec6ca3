// flowrun/cxx/call.hh: one message's visit to a node. C++17.
//
// Two pointers, copied freely; good until the entry point that received it returns, on its thread. After `pend` use the
// Ticket (ticket.hh).
#ifndef FLOWRUN_CXX_CALL_HH
#define FLOWRUN_CXX_CALL_HH

#include <flowrun/host.h>
#include <flowrun/cxx/failure.hh>
#include <flowrun/cxx/status.hh>
#include <flowrun/cxx/value.hh>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace flowrun {
namespace sdk __attribute__((visibility("hidden"))) {

    class Ticket;

    class Call {
    public:
        constexpr Call(const flowrun_host* host, flowrun_call* raw) noexcept : host_(host), raw_(raw) {}

        constexpr const flowrun_host* host() const noexcept { return host_; }
        const flowrun_values* values() const noexcept { return host_->values; }
        constexpr flowrun_call* raw() const noexcept { return raw_; }

        // --- sending on (host.h says what each promises) ---
        Status emit(std::uint32_t port, Value value) const noexcept {
            return static_cast<Status>(host_->emit(raw_, port, value.raw()));
        }
        Status emit(std::uint32_t port, Value value, const flowrun_meta& meta) const noexcept {
            return static_cast<Status>(host_->emit_meta(raw_, port, value.raw(), &meta));
        }
        // The last act of handle: `return call.forward(port, value);`
        // The host's functions never throw, which a C type cannot say; said here, the call becomes a jump.
        Status forward(std::uint32_t port, Value value) const noexcept {
            using Forward = std::int32_t (*)(flowrun_call*, std::uint32_t, const flowrun_value*) noexcept;
            return static_cast<Status>(reinterpret_cast<Forward>(host_->forward)(raw_, port, value.raw()));
        }
        Status emit_async(std::uint32_t port, Value value, const flowrun_meta* meta, flowrun_done_fn done,
                          void* user) const noexcept {
            return static_cast<Status>(host_->emit_async(raw_, port, value.raw(), meta, done, user));
        }
        // The same with done(Status, Value reply, const flowrun_error*), called once, on any thread, perhaps before this
        // returns; it must not throw. Allocates. Not called when the result is negative.
        template <class Done>
        Status emit_async(std::uint32_t port, Value value, const flowrun_meta* meta, Done&& done) const {
            return with_done(std::forward<Done>(done), [&](flowrun_done_fn call, void* user) {
                return emit_async(port, value, meta, call, user);
            });
        }
        // Of whatever takes a flowrun_done_fn: emit(call, user).
        template <class Done, class Emit>
        Status with_done(Done&& done, const Emit& emit) const {
            struct Job {
                const flowrun_values* values;
                std::decay_t<Done> done;
            };
            auto job = std::unique_ptr<Job>(new Job{values(), std::forward<Done>(done)});
            auto call = [](void* user, std::int32_t status, const flowrun_value* reply,
                           const flowrun_error* e) noexcept {
                const std::unique_ptr<Job> own(static_cast<Job*>(user));
                own->done(static_cast<Status>(status), Value(own->values, reply), e);
            };
            const Status status = emit(call, job.get());
            if (!is_error(status)) (void)job.release();
            return status;
        }

        // --- results ---
        void reply(Value value) const noexcept { host_->reply(raw_, value.raw()); }
        Value last_reply() const noexcept {
            return {values(), host_->reply_of(raw_)};
        }  // of the last emit; may be absent
        Status fail(Status code, std::string_view message) const noexcept {
            flowrun_error error{};
            error.size = sizeof error;
            error.code = static_cast<std::int32_t>(code);
            error.message = message.data();
            error.message_size = message.size();
            return static_cast<Status>(host_->fail(raw_, &error));
        }
        Status fail(const Failure& failure) const noexcept {
            const flowrun_error error = failure.raw();
            return static_cast<Status>(host_->fail(raw_, &error));
        }
        // The error of the last emit; nothing when it did not fail.
        std::optional<Received> last_error() const noexcept {
            flowrun_error error{};
            error.size = sizeof error;
            if (host_->error_of(raw_, &error) != FLOWRUN_OK) return std::nullopt;
            return Received(values(), error);
        }
        // A failure of `value` and not of this call: a bad record in a source.
        Status raise(const Failure& failure, Value value) const noexcept {
            const flowrun_error error = failure.raw();
            return static_cast<Status>(host_->raise(raw_, &error, value.raw()));
        }

        // Then return Status::pending. The ticket is empty where a call cannot pend.
        Ticket pend() const noexcept;

        // --- the message and the settings ---
        flowrun_meta meta() const noexcept {
            flowrun_meta out{};
            out.size = sizeof out;
            (void)host_->meta(raw_, &out);
            return out;
        }
        // A setting, evaluated for this message. Absent: not set, or it failed; then `return call.setting_status()`.
        Value setting(std::uint32_t index) const noexcept { return {values(), host_->setting(raw_, index)}; }
        Status setting_status() const noexcept { return static_cast<Status>(host_->setting_status(raw_)); }

        // --- time and waiting: ok, or woken by cancelled or timeout ---
        std::int64_t deadline() const noexcept { return host_->deadline(raw_); }
        Status stopping() const noexcept { return static_cast<Status>(host_->stopping(raw_)); }
        Status sleep(std::int64_t nanoseconds) const noexcept {
            return static_cast<Status>(host_->sleep(raw_, nanoseconds));
        }
        // unavailable: `timeout` nanoseconds have passed; below 0 there is none.
        Status wait_fd(int fd, std::uint32_t events, std::int64_t timeout = -1) const noexcept {
            return static_cast<Status>(host_->wait_fd(raw_, fd, events, timeout));
        }

        // The W3C trace context of this call, 55 characters; empty when there is none.
        std::string traceparent() const {
            char out[56] = {};
            return host_->traceparent(raw_, out) == FLOWRUN_OK ? std::string(out) : std::string();
        }

    private:
        const flowrun_host* host_;
        flowrun_call* raw_;
    };

}  // namespace sdk
}  // namespace flowrun
#endif
