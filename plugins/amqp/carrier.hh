#pragma once
// What amqp.publish and amqp.request send by (broker/sender.hh).

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "broker/body.hh"
#include "broker/sending.hh"
#include "publisher.hh"
#include "server.hh"

namespace flowrun::amqp {

// A message to be sent.
class Mail final : public broker::Sending {
public:
    using Sending::Sending;

    Letter letter{};
    std::string body{};
    std::string correlation{};  // of one that asks
    bool whole = false;         // all of the answer is wanted
    broker::Format format{};

    // Ends it.
    void hear(const Delivery& answer);
};

class Carrier final : public broker::Carrier {
public:
    Carrier(const Server& server, bool wants_answers, broker::Office& office);

    void send(std::uint64_t name, broker::Errand& errand) override;
    void turn() override;
    void overdue(std::uint64_t name, std::int64_t) override { forget(name); }
    void wait_for(std::vector<pollfd>& fds) override { fds.push_back(publisher_.waits_for()); }
    std::int64_t patience() const override { return publisher_.patience(); }

private:
    Publisher::Reply reply_or_none(bool wants_answers);
    void tell_blocked(std::string_view why) const;
    void forget(std::uint64_t name);
    void outcome(std::uint64_t name, Outcome how, std::string_view text);
    void answered(const Delivery& delivery);

    broker::Office& office_;
    const std::string server_;
    std::unordered_map<std::string, std::uint64_t> asked_;  // by correlation
    std::map<std::uint64_t, std::string> correlations_;
    std::map<std::uint64_t, std::string> bodies_;  // that the publisher borrows
    Publisher publisher_;
};

}  // namespace flowrun::amqp
