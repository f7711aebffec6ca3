#pragma once
// A table of pgq's as a queue, over one connection. Who puts messages there by pgq itself says nothing of it: they are looked for.

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "broker/session.hh"
#include "postgres_client/connection.hh"
#include "statements.hh"

namespace flowrun::pgq {

class Session final : public broker::Session {
public:
    struct Settings {
        std::string table;
        bool makes = false;        // the table, where it is missing
        bool takes = true;         // not only pushed to
        bool until_empty = false;  // it tells when the queue is empty
        std::int64_t lease_us = 30'000'000, poll_ms = 1'000;
        std::int32_t poison = 20;  // given out so often, and not answered the last time, a message is given up
        // Over all connections: the pushes of which nobody has heard yet what came of them, and the ids of what is out.
        std::shared_ptr<std::set<std::uint64_t>> doubted = std::make_shared<std::set<std::uint64_t>>();
        std::shared_ptr<std::set<std::string>> out = std::make_shared<std::set<std::string>>();
    };
    Session(const postgres::Address& address, const Settings& settings, broker::Desk& desk);

    void send(const std::vector<const broker::Request*>& requests) override;
    void fetch(std::size_t most) override;
    void renew(const std::vector<broker::Handle>& handles) override;
    void wait_for(std::vector<pollfd>& fds) override;
    void ready(const std::vector<pollfd>& fds) override;
    std::int64_t patience() const override;
    bool leases_outlive_it() const override { return true; }

private:
    using Requests = std::vector<const broker::Request*>;
    void open_table();
    void send_some(broker::Request::Kind kind, const Requests& requests);
    void push(const Requests& requests);
    void push_again(const Requests& requests);
    bool put(const std::string& statement, const Requests& requests, std::set<std::string>& put, std::string& why);
    void answer(const std::string& statement, bool more, const Requests& requests);
    void tell_others();

    const Settings settings_;
    broker::Desk& desk_;
    postgres::Connection connection_;
    const Statements statements_;
    std::string channel_;
    bool may_have_ = true;
    std::int64_t next_ask_ = 0, next_look_ = 0;  // on the desk's clock
};

}  // namespace flowrun::pgq
