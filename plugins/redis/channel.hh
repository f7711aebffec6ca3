#pragma once
// What redis.consume hears a channel by (broker/feed.hh): what is told while it listens, once, and nothing of it comes again.

#include <cstddef>
#include <deque>
#include <string>
#include <vector>

#include "broker/cloud_event.hh"
#include "broker/feed.hh"
#include "connection.hh"

namespace flowrun::redis {

class Channel final : public broker::Feed {
public:
    struct Settings {
        broker::Url url{};
        std::string pattern{};
        broker::Reading reading{};
    };

    Channel(const Settings& settings, broker::Intake& intake);

    void turn(std::size_t room) override;
    void settle(const broker::Handle&, broker::Answer, std::int64_t) override {}
    void reply(std::uint64_t name, const broker::Reply&) override { intake_.replied(name); }
    void stop() override { stops_ = true; }
    bool is_quiet() const override { return stops_; }
    void wait_for(std::vector<pollfd>& fds) override { fds.push_back({connection_.descriptor(), POLLIN, 0}); }
    void ready(const std::vector<pollfd>& fds) override;
    bool gives_again() const override { return false; }

private:
    struct Told {
        std::string channel, body;
    };
    broker::Intake& intake_;
    const broker::Reading reading_;
    Connection connection_;
    std::deque<Told> told_;  // and not yet in the flow
    bool dropped_ = false, stops_ = false;
};

}  // namespace flowrun::redis
