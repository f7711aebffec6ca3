#pragma once
// What redis.consume reads a stream by (broker/feed.hh), as a consumer of a group.
//
// What is given back belongs to nobody then: whoever looks next has it, this one too. Looks are a second apart at most.

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "broker/cloud_event.hh"
#include "broker/feed.hh"
#include "group.hh"

namespace flowrun::redis {

class Feed final : public broker::Feed {
public:
    struct Settings {
        broker::Url url{};
        Group group{};
        std::string from{};  // where a group begins that is made: "0" or "$"
        std::int64_t lease = 0;
        std::uint64_t deliveries = 0;  // one that was given out more often is not tried any more
        broker::Reading reading{};
    };

    Feed(const Settings& settings, broker::Intake& intake);
    ~Feed() override;
    Feed(const Feed&) = delete;
    Feed& operator=(const Feed&) = delete;

    void turn(std::size_t room) override;
    void settle(const broker::Handle& handle, broker::Answer answer, std::int64_t delay) override;
    // Nobody asks for one.
    void reply(std::uint64_t name, const broker::Reply&) override { intake_.replied(name); }
    void renew(const std::vector<broker::Handle>& handles) override;
    void stop() override;
    bool is_quiet() const override { return stops_ && !reading_ && nothing_to_say(); }
    void wait_for(std::vector<pollfd>& fds) override;
    void ready(const std::vector<pollfd>& fds) override;
    std::int64_t patience() const override;
    std::int64_t lease() const override { return settings_.lease; }
    bool leases_outlive_it() const override { return true; }

private:
    bool nothing_to_say() const;
    void say(Deed deed, std::vector<broker::Handle>& handles);
    void say_all();
    std::size_t look(std::size_t most);
    void read(std::size_t most);
    void read_reply();
    void take(std::string_view id, std::uint64_t count, const redisReply& fields);
    std::int64_t now() const { return intake_.node().now(); }

    broker::Intake& intake_;
    const Settings settings_;
    Connection asks_, reads_;  // the second waits for what is new
    std::string reader_;       // as the server knows it
    std::vector<broker::Handle> acks_, rejects_, backs_;
    std::multimap<std::int64_t, broker::Handle> held_;  // that are given back then
    std::string look_from_ = "0-0";
    std::int64_t next_look_ = 0, next_renewal_ = 0;  // next_renewal_: of what waits here to be given back
    bool reading_ = false, stops_ = false;
};

}  // namespace flowrun::redis
