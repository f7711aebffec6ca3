#pragma once
// What sqs.consume reads by (broker/feed.hh): a queue of others.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "answers.hh"
#include "broker/feed.hh"
#include "broker/leases.hh"
#include "content.hh"
#include "receiver.hh"
#include "service.hh"

namespace flowrun::sqs {

class Feed final : public broker::Feed {
public:
    struct Settings {
        Place place{};
        std::string queue{};
        std::int64_t lease = 0;
        bool leaves = false;             // what fails is left to the end of its lease
        std::int64_t longest_retry = 0;  // twice as long after each delivery, up to this
        broker::Format format{};
    };
    Feed(const Settings& settings, broker::Intake& intake);

    void turn(std::size_t room) override;
    void settle(const broker::Handle& handle, broker::Answer answer, std::int64_t delay) override;
    void reply(std::uint64_t, const broker::Reply&) override {}  // there is nobody to reply to
    void renew(const std::vector<broker::Handle>& handles) override;
    void stop() override;
    bool is_quiet() const override { return stopped_ && !receiver_.polls() && answers_.empty(); }
    void wait_for(std::vector<pollfd>& fds) override { service_.wait_for(fds); }
    std::int64_t patience() const override;
    std::int64_t lease() const override { return lease_; }
    bool leases_outlive_it() const override { return true; }

private:
    void take(const broker::Json& given);

    broker::Intake& intake_;
    const Settings settings_;
    const std::int64_t lease_;
    Service service_;
    const std::string queue_;
    Answers answers_;
    Receiver receiver_;
    bool stopped_ = false;
};

}  // namespace flowrun::sqs
