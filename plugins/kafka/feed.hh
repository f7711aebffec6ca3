#pragma once
// What kafka.consume reads by (broker/feed.hh): a member of a consumer group.

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "broker/cloud_event.hh"
#include "broker/feed.hh"
#include "broker/wake.hh"
#include "member.hh"
#include "settings.hh"

namespace flowrun::kafka {

class Feed final : public broker::Feed {
public:
    struct What {
        Settings settings{};
        std::vector<std::string> topics{};
        std::string group{};
        bool from_end = false;
        broker::Reading reading{};
    };

    // Throws sdk::QueueError where a topic is not there.
    Feed(const What& what, broker::Intake& intake);
    ~Feed() override;
    Feed(const Feed&) = delete;
    Feed& operator=(const Feed&) = delete;

    void turn(std::size_t room) override;
    void settle(const broker::Handle& handle, broker::Answer answer, std::int64_t delay) override;
    void reply(std::uint64_t name, const broker::Reply&) override { intake_.replied(name); }  // nobody waits for one
    void stop() override;
    bool is_quiet() const override;
    void wait_for(std::vector<pollfd>& fds) override;
    void ready(const std::vector<pollfd>& fds) override;
    std::int64_t patience() const override;

private:
    // In the flow, or to be sent there again.
    struct Held {
        Message record;
        Lane* lane;
        std::uint64_t deliveries = 1;
    };
    std::int64_t now() const { return intake_.node().now(); }
    void take(std::uint64_t number);

    broker::Intake& intake_;
    const broker::Reading reading_;
    broker::Wake wake_;
    std::unordered_map<std::uint64_t, Held> held_;
    std::multimap<std::int64_t, std::uint64_t> again_;  // when, and which
    std::uint64_t last_ = 0;
    bool stopped_ = false;
    std::int64_t stopped_at_ = 0;
    std::unique_ptr<Member> member_;
};

}  // namespace flowrun::kafka
