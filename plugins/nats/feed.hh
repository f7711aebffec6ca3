#pragma once
// What nats.consume reads by (broker/feed.hh): a consumer of JetStream, or a plain subject.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "broker/cloud_event.hh"
#include "broker/feed.hh"
#include "connection.hh"
#include "exchange.hh"
#include "pull.hh"

namespace flowrun::nats {

class Feed final : public broker::Feed {
public:
    struct Settings {
        broker::Url url{};
        std::string stream{}, consumer{};  // of JetStream; else:
        std::string subject{}, group{};
        broker::Reading reading{};
    };

    Feed(const Settings& settings, broker::Intake& intake);

    void turn(std::size_t room) override;
    void settle(const broker::Handle& handle, broker::Answer answer, std::int64_t delay) override;
    void reply(std::uint64_t name, const broker::Reply& reply) override;
    void renew(const std::vector<broker::Handle>& handles) override;
    void stop() override;
    bool is_quiet() const override { return stopped_ && unanswered_ == 0; }
    void wait_for(std::vector<pollfd>& fds) override;
    void ready(const std::vector<pollfd>& fds) override;
    std::int64_t patience() const override;
    std::int64_t lease() const override { return lease_; }
    bool leases_outlive_it() const override { return of_stream(); }
    bool gives_again() const override { return of_stream(); }

private:
    bool of_stream() const { return pull_ != nullptr; }
    std::int64_t now() const { return intake_.node().now(); }
    bool take(const Msg& msg);

    broker::Intake& intake_;
    const broker::Reading reading_;
    Connection connection_;
    Exchange exchange_{connection_};
    std::unique_ptr<Pull> pull_;
    std::int64_t lease_ = 0;
    std::size_t unanswered_ = 0;  // of what was asked of the server
    bool stopped_ = false;
};

}  // namespace flowrun::nats
