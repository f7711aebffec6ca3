#pragma once
// A queue in PostgreSQL, over one connection, which also hears of what others push (LISTEN).

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "broker/session.hh"
#include "postgres_client/connection.hh"

namespace flowrun::postgres {

// The last transaction, of which one connection may not have heard what came of it; the next asks.
struct Batch {
    std::int64_t number = 0;
    std::set<std::pair<bool, std::uint64_t>> names;  // (it is a push, its name)
};

class Session final : public broker::Session {
public:
    struct Settings {
        std::string name;          // the queue's
        std::int64_t owner = 0;    // in the world this process's queue, over all its connections
        bool takes = true;         // not only pushed to
        bool until_empty = false;  // it tells when the queue is empty
        bool by_key = false;       // of a key one at a time
        std::int64_t lease_us = 30'000'000;
        std::int32_t poison = 20;  // given out so often without a word, a message is dead
        std::shared_ptr<Batch> last = std::make_shared<Batch>();
    };
    Session(const Address& address, const Settings& settings, broker::Desk& desk);

    void send(const std::vector<const broker::Request*>& requests) override;
    void fetch(std::size_t most) override;
    void renew(const std::vector<broker::Handle>& handles) override;
    void wait_for(std::vector<pollfd>& fds) override;
    void ready(const std::vector<pollfd>& fds) override;
    std::int64_t patience() const override;
    bool leases_outlive_it() const override { return true; }

private:
    using Requests = std::vector<const broker::Request*>;
    struct Parts;
    void open_account();
    void listen();
    bool was_noted(const broker::Request& request);
    void transact(const Requests& requests);
    bool ask(const Parts& parts, std::string& state, std::string& why);
    void add_pushes(const Parts& parts);
    void add_answers(const Parts& parts);
    void hear_news();
    std::size_t deliver(const Result& rows);
    void found(std::size_t got, std::size_t most, bool tidied, const Result& rows);
    void rest();

    const Settings settings_;
    broker::Desk& desk_;
    Connection connection_;
    std::int32_t queue_ = 0, epoch_ = 0;
    std::string channel_;
    bool noted_ = false;                                            // the last batch of an earlier connection
    std::size_t unread_ = 0;                                        // transactions whose answers nobody waits for
    bool may_have_ = true;                                          // something to take
    bool crowded_ = false;                                          // by key: what cannot be taken may be in the way
    std::int64_t next_ask_ = never, next_due_ = 0, next_look_ = 0;  // on the desk's clock
};

}  // namespace flowrun::postgres
