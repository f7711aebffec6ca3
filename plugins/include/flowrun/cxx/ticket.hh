// flowrun/cxx/ticket.hh: a pending call, and a call that no message began. C++17.
//
// A Ticket owns the pending call: complete it once, on any thread. One that is destroyed without `complete` completes
// as `internal`, so that nobody waits for ever.
#ifndef FLOWRUN_CXX_TICKET_HH
#define FLOWRUN_CXX_TICKET_HH

#include <flowrun/cxx/call.hh>
#include <flowrun/cxx/node.hh>

#include <string_view>
#include <utility>

namespace flowrun {
namespace sdk __attribute__((visibility("hidden"))) {

    class Ticket {
    public:
        Ticket() noexcept = default;
        Ticket(const flowrun_host* host, flowrun_ticket* raw) noexcept : host_(host), raw_(raw) {}
        Ticket(Ticket&& other) noexcept : host_(other.host_), raw_(std::exchange(other.raw_, nullptr)) {}
        Ticket& operator=(Ticket&& other) noexcept {
            std::swap(host_, other.host_);
            std::swap(raw_, other.raw_);
            return *this;
        }
        Ticket(const Ticket&) = delete;
        Ticket& operator=(const Ticket&) = delete;
        ~Ticket() {
            if (raw_) (void)fail(Failure(Status::internal, "the component dropped a pending call"));
        }

        explicit operator bool() const noexcept { return raw_ != nullptr; }
        // To emit from the pending call, on the thread that asks; another asks anew. Not after `complete`.
        Call call() const noexcept { return {host_, host_->call_of(raw_)}; }
        // Uses the ticket up. `cancelled`: the caller had given up.
        Status complete(Status status = Status::ok, Value reply = Value()) noexcept {
            return done(static_cast<std::int32_t>(status), reply.raw(), nullptr);
        }
        Status fail(const Failure& failure) noexcept {
            const flowrun_error error = failure.raw();
            return done(error.code, nullptr, &error);
        }
        Status fail(const flowrun_error& error) noexcept { return done(error.code, nullptr, &error); }

    private:
        Status done(std::int32_t status, const flowrun_value* reply, const flowrun_error* error) noexcept {
            return static_cast<Status>(host_->complete(std::exchange(raw_, nullptr), status, reply, error));
        }
        const flowrun_host* host_ = nullptr;
        flowrun_ticket* raw_ = nullptr;
    };

    inline Ticket Call::pend() const noexcept { return {host_, host_->pend(raw_)}; }

    // A root call for work that no message began. Make and destroy it on the same thread. False: the run is ending.
    class Root {
    public:
        explicit Root(Node node) noexcept : host_(node.host()), raw_(node.host()->begin(node.raw())) {}
        Root(const Root&) = delete;
        Root& operator=(const Root&) = delete;
        ~Root() {
            if (raw_) host_->finish(raw_);
        }
        explicit operator bool() const noexcept { return raw_ != nullptr; }
        Call call() const noexcept { return {host_, raw_}; }

    private:
        const flowrun_host* host_;
        flowrun_call* raw_;
    };

}  // namespace sdk
}  // namespace flowrun
#endif
