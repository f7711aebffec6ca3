#pragma once
// What sqs.publish sends by (broker/sender.hh).

#include <cstdint>
#include <string>
#include <vector>

#include "batches.hh"
#include "broker/sending.hh"
#include "declare.hh"
#include "service.hh"

namespace flowrun::sqs {

// A message to be sent.
class Letter final : public broker::Sending {
public:
    using Sending::Sending;

    Entry entry{};
};

class Carrier final : public broker::Carrier {
public:
    struct Settings {
        Place place{};
        std::string queue{};
        std::int64_t linger = 0;  // how long fewer than ten wait for more
    };
    Carrier(const Settings& settings, broker::Office& office);

    void send(std::uint64_t name, broker::Errand& errand) override;
    void turn() override;
    void wait_for(std::vector<pollfd>& fds) override { service_.wait_for(fds); }
    std::int64_t patience() const override;

private:
    std::int64_t now() const { return office_.node().now(); }

    broker::Office& office_;
    const std::int64_t linger_;
    Service service_;
    const QueueAt queue_;
    Batches sends_;
    std::int64_t first_came_ = 0;  // of those that wait
};

}  // namespace flowrun::sqs
