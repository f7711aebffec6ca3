#pragma once
// What the components that ask or tell the server send by (broker/sender.hh): commands, many on their way at a time.

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "broker/sender.hh"
#include "connection.hh"

namespace flowrun::redis {

// A command that is sent, and what is done with its reply.
class Command : public broker::Errand {
public:
    std::vector<std::string> words{};
    std::int64_t not_before = 0;  // on the host's clock

    void held() override {}
    // Ends it. Of an error reply it is not called, but failed().
    virtual void hear(const redisReply& reply) = 0;
};

class Carrier final : public broker::Carrier {
public:
    Carrier(const broker::Url& url, broker::Office& office) : office_(office), connection_(url) {}

    void send(std::uint64_t name, broker::Errand& errand) override;
    void turn() override;
    void overdue(std::uint64_t name, std::int64_t since) override;
    void wait_for(std::vector<pollfd>& fds) override { fds.push_back({connection_.descriptor(), POLLIN, 0}); }
    void ready(const std::vector<pollfd>& fds) override;
    std::int64_t patience() const override;

private:
    struct Delayed {
        std::uint64_t name;
        std::vector<std::string> words;
    };
    void add(std::uint64_t name, const std::vector<std::string>& words);
    void hear(std::uint64_t name, const redisReply& reply);
    std::int64_t now() const { return office_.node().now(); }

    broker::Office& office_;
    Connection connection_;
    std::deque<std::uint64_t> sent_;  // in the order of their replies
    std::multimap<std::int64_t, Delayed> delayed_;
    bool unflushed_ = false;
    std::int64_t heard_ = 0;
};

}  // namespace flowrun::redis
