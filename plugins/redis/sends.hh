#pragma once
// A component that makes one command of each message, and does something with its reply. Its call is pending meanwhile.
//
// Kind has `static constexpr sdk::Description description`, Kind(sdk::Node, sdk::Value settings),
// std::vector<std::string> words(sdk::Call, sdk::Value message) const, which may throw sdk::Failure and broker::Unset, and
// void hear(const redisReply&, broker::Waiting&) const, on the sender's thread.

#include <flowrun/component.hh>

#include <memory>
#include <optional>
#include <utility>

#include "broker/given.hh"
#include "broker/sending.hh"
#include "carrier.hh"
#include "verbs.hh"

namespace flowrun::redis {

template <class Kind>
class Sends {
public:
    static constexpr const sdk::Description& description = Kind::description;

    Sends(sdk::Node node, sdk::Value settings) : Sends(node, settings, broker::url_in(settings, url_of)) {}

    static auto check(const flowrun_host*, sdk::Value settings) { return Kind::check(settings); }

    sdk::Status handle(sdk::Call call, std::uint32_t, sdk::Value message) {
        try {
            std::vector<std::string> words = kind_.words(call, message);
            sdk::Ticket ticket = call.pend();
            if (!ticket) throw sdk::Failure(sdk::Status::internal, "nothing can be sent from here");
            auto asking = std::make_unique<Asking>(kind_, node_, std::move(ticket));
            asking->waiting.message = message.keep();
            asking->words = std::move(words);
            asking->by = node_.now() + timeout_;
            sender_.take(std::move(asking));
            return sdk::Status::pending;
        } catch (const broker::Unset&) { return call.setting_status(); }
    }

    void stop() { sender_.stop(); }

private:
    struct Asking final : Command {
        Asking(const Kind& which, sdk::Node node, sdk::Ticket ticket) : kind(which), waiting(node, std::move(ticket)) {}
        void failed(const sdk::Failure& failure) override { waiting.fail(failure); }
        void hear(const redisReply& reply) override { kind.hear(reply, waiting); }

        const Kind& kind;
        broker::Waiting waiting;
    };

    Sends(sdk::Node node, sdk::Value settings, const broker::Url& url)
        : node_(node), kind_(node, settings), timeout_(settings["timeout"].integer().value_or(0)),
          sender_(node, url.server(default_port),
                  [url](broker::Office& office) { return std::make_unique<Carrier>(url, office); }) {}

    const sdk::Node node_;
    const Kind kind_;
    const std::int64_t timeout_;
    broker::Sender sender_;
};

}  // namespace flowrun::redis
