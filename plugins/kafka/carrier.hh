#pragma once
// What kafka.produce sends by (broker/sender.hh).

#include <cstdint>
#include <string>
#include <vector>

#include "broker/sending.hh"
#include "broker/wake.hh"
#include "producer.hh"

namespace flowrun::kafka {

// A message to be sent.
class Errand final : public broker::Sending {
public:
    using Sending::Sending;
    Producer::Letter letter{};
};

class Carrier final : public broker::Carrier {
public:
    Carrier(const Settings& settings, const Producer::Manner& manner, broker::Office& office)
        : office_(office), producer_(settings, manner, wake_.descriptor()) {}

    void send(std::uint64_t name, broker::Errand& errand) override;
    void turn() override;
    void wait_for(std::vector<pollfd>& fds) override { fds.push_back({wake_.descriptor(), POLLIN, 0}); }
    void ready(const std::vector<pollfd>&) override { wake_.clear(); }

private:
    broker::Office& office_;
    broker::Wake wake_;
    Producer producer_;
    bool troubled_ = false;
};

}  // namespace flowrun::kafka
