#pragma once
// A call that waits until its message has been sent and answered; then what follows is sent on.

#include <flowrun/component.hh>

#include <functional>
#include <memory>
#include <string_view>

#include "sender.hh"

namespace flowrun::broker {

class Sending : public Errand {
public:
    Sending(sdk::Node node, sdk::Ticket ticket) : node_(node), ticket_(std::move(ticket)) {}

    void failed(const sdk::Failure& failure) override { (void)ticket_.fail(failure); }
    // What was sent goes on.
    void held() override { pass_on(); }
    // Ends it as well: what was answered goes on. `error`: its header flowrun-error, by which it is a failure.
    void answered(std::string_view error, std::string_view body, const std::function<void(sdk::Build&)>& build);

    sdk::Kept message{};  // what is sent on

private:
    // With the message it is gone when what follows has been told.
    struct Passing {
        sdk::Ticket ticket;
        sdk::Kept message;
    };
    void pass_on();
    static void passed(void* user, std::int32_t status, const flowrun_value* reply, const flowrun_error* error);

    const sdk::Node node_;
    sdk::Ticket ticket_;
};

}  // namespace flowrun::broker
