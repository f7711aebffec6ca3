#pragma once
// A call that waits until something outside has happened, and an errand for which one waits.

#include <flowrun/component.hh>

#include <functional>
#include <memory>
#include <string_view>
#include <utility>

#include "sender.hh"

namespace flowrun::broker {

// Ends once, on any thread.
class Waiting {
public:
    Waiting(sdk::Node node, sdk::Ticket ticket) : node_(node), ticket_(std::move(ticket)) {}

    void fail(const sdk::Failure& failure) { (void)ticket_.fail(failure); }
    // `message` goes on; its reply, or else itself, is the call's.
    void pass_on(std::uint32_t port = 0);
    // What `build` makes goes on; it may throw sdk::Failure.
    void pass_on(const std::function<void(sdk::Build&)>& build);

    sdk::Kept message{};

private:
    // With the message it is gone when what follows has been told.
    struct Passing {
        sdk::Ticket ticket;
        sdk::Kept message;
    };
    static void passed(void* user, std::int32_t status, const flowrun_value* reply, const flowrun_error* error);

    const sdk::Node node_;
    sdk::Ticket ticket_;
};

class Sending : public Errand {
public:
    Sending(sdk::Node node, sdk::Ticket ticket) : waiting(node, std::move(ticket)) {}

    void failed(const sdk::Failure& failure) override { waiting.fail(failure); }
    // What was sent goes on.
    void held() override { waiting.pass_on(); }
    // Ends it as well: what was answered goes on. `error`: its header flowrun-error, by which it is a failure.
    void answered(std::string_view error, std::string_view body, const std::function<void(sdk::Build&)>& build);

    Waiting waiting;
};

}  // namespace flowrun::broker
