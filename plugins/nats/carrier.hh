#pragma once
// What nats.publish and nats.request send by (broker/sender.hh).

#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "broker/body.hh"
#include "broker/sending.hh"
#include "connection.hh"

namespace flowrun::nats {

// A message to be sent.
class Letter final : public broker::Sending {
public:
    using Sending::Sending;

    std::string to{};
    broker::Body content{};
    std::vector<std::pair<std::string, std::string>> headers{};
    // The server itself answers when it has it; else a stream, or of one that asks whoever hears the subject.
    bool echoes = false;
    bool whole = false;  // of one that asks: all of the answer is wanted
    broker::Format format{};

    // Throws sdk::Failure.
    Msg made(const std::string& reply) const;
    // Ends it.
    void hear(const Msg& answer);

private:
    void must_be_held(const Msg& answer);
};

class Carrier final : public broker::Carrier {
public:
    Carrier(const broker::Url& url, broker::Office& office)
        : office_(office), connection_(url, Connection::Answers::by_thread) {}

    void send(std::uint64_t name, broker::Errand& errand) override;
    void turn() override;
    void overdue(std::uint64_t, std::int64_t since) override;
    void wait_for(std::vector<pollfd>& fds) override;
    void ready(const std::vector<pollfd>& fds) override;

private:
    broker::Office& office_;
    Connection connection_;
    std::int64_t heard_ = 0;
};

}  // namespace flowrun::nats
