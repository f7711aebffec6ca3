#pragma once
// What amqp.consume reads by (broker/feed.hh): a queue of others.

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "broker/cloud_event.hh"
#include "broker/feed.hh"
#include "consumer.hh"
#include "publisher.hh"
#include "server.hh"

namespace flowrun::amqp {

class Feed final : public broker::Feed {
public:
    struct Settings {
        Server server{};
        std::string queue{};
        std::size_t prefetch = 0;  // to which the server keeps
        broker::Reading reading{};
    };

    Feed(const Settings& settings, broker::Intake& intake);

    void turn(std::size_t room) override;
    void settle(const broker::Handle& handle, broker::Answer answer, std::int64_t delay) override;
    void reply(std::uint64_t name, const broker::Reply& reply) override;
    void stop() override;
    bool is_quiet() const override;
    void wait_for(std::vector<pollfd>& fds) override;
    std::int64_t patience() const override;

private:
    void take(Delivery&& delivery);
    void give_back_in_time();
    std::int64_t now() const { return intake_.node().now(); }

    broker::Intake& intake_;
    const Settings settings_;
    Consumer consumer_;
    std::unique_ptr<Publisher> publisher_;             // of replies
    std::multimap<std::int64_t, std::uint64_t> held_;  // tags that are requeued then
    std::size_t unanswered_ = 0;                       // taken, and the server has not noted the answer
    bool stops_ = false;
};

}  // namespace flowrun::amqp
