#pragma once
// A queue in Redis, over two connections: one for what is asked, one that waits for what comes.

#include <cstdint>
#include <string>
#include <vector>

#include "broker/session.hh"
#include "connection.hh"
#include "names.hh"

namespace flowrun::redis {

class Session final : public broker::Session {
public:
    struct Settings {
        std::string name;      // the queue's
        std::string consumer;  // unique among all that have it open
        std::int64_t lease_ms = 30'000;
        std::int64_t poison = 20;  // given out so often without a word, a message is dead
        bool until_empty = false;  // it tells when the queue is empty
    };
    Session(const broker::Url& url, const Settings& settings, broker::Desk& desk);

    void send(const std::vector<const broker::Request*>& requests) override;
    void fetch(std::size_t most) override;
    void renew(const std::vector<broker::Handle>& handles) override;
    void wait_for(std::vector<pollfd>& fds) override;
    void ready(const std::vector<pollfd>& fds) override;
    std::int64_t patience() const override;
    bool leases_outlive_it() const override { return true; }

private:
    using Requests = std::vector<const broker::Request*>;
    struct Kind;
    void add_answers(const Kind& kind, const Requests& requests, std::int64_t wall);
    void read_push(const broker::Request& request);
    void read_answers(const Requests& requests);
    void deliver_again(const redisReply& entry);
    std::size_t take_back(std::size_t most);
    std::size_t take_new(std::size_t most);
    void found(std::size_t got, bool all);
    void watch();

    const Settings settings_;
    const Names names_;
    broker::Desk& desk_;
    Connection asks_, watches_;
    std::string take_back_, ack_, nack_, reject_, renew_;  // as the server knows the scripts
    bool may_have_ = true;                                 // something to take
    bool watching_ = false;                                // the second connection has a command without a reply
    std::int64_t next_ask_ = never, next_look_ = 0;        // on the desk's clock; a look is for leases that are over
    std::int64_t next_back_ = 0;                           // for what was given back
    std::int64_t wait_ms_ = -1;                            // until something of that is due
    bool others_have_ = false;                             // something that is out
    std::string look_from_ = "-";
    std::string last_ = "0", wake_ = "0";  // the ids behind which something is new
};

// Makes it if need be, so that it can be pushed to and taken from.
void make_queue(Connection& connection, std::string_view name, const Names& names);

}  // namespace flowrun::redis
