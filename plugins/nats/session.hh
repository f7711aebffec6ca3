#pragma once
// A queue in JetStream, over one connection.
//
// A message that is given back gets a note first (note.hh), then it is NAKed; one that was given out before is looked up among
// the notes before it is given out again. One that is rejected is put into the dead stream first, then taken out of the other.
// Should this process die in between, the message comes again.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "broker/leases.hh"
#include "broker/session.hh"
#include "connection.hh"
#include "exchange.hh"
#include "names.hh"
#include "note.hh"
#include "pull.hh"

namespace flowrun::nats {

class Session final : public broker::Session {
public:
    struct Settings {
        std::string name;          // the queue's
        std::int64_t poison = 20;  // given out so often without a word, a message is dead
        std::int64_t replicas = 1;
        bool until_empty = false;  // it tells when the queue is empty
        bool takes = true;
    };
    Session(const broker::Url& url, const Settings& settings, std::shared_ptr<broker::Leases> leases,
            broker::Desk& desk);

    void turn(const broker::Stock& stock) override;
    ~Session() override;
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    void send(const std::vector<const broker::Request*>& requests) override;
    void fetch(std::size_t most) override;
    void renew(const std::vector<broker::Handle>& handles) override;
    void wait_for(std::vector<pollfd>& fds) override;
    void ready(const std::vector<pollfd>& fds) override;
    std::int64_t patience() const override;
    bool leases_outlive_it() const override { return true; }

private:
    // Given out by the server, and not yet by this.
    struct Arrival {
        broker::Message message;
        broker::Handle handle;
        bool known = false, again = false, buried = false;
    };
    // A message with the lease by which it is to be answered; 0: nobody waits for that.
    void push(const broker::Request& request);
    using Settled = std::pair<std::uint64_t, std::string>;  // lease, and the reply subject it is answered by
    void ack(std::vector<Settled> all);
    void give_back(std::vector<const broker::Request*> requests);
    void give_back(const broker::Request& request);
    void reject(std::uint64_t lease, broker::Message message, const std::string& handle);
    void remove(std::uint64_t lease, const std::string& handle);
    void end(std::uint64_t lease, const std::string& handle);
    bool is_over(const broker::Request& request);

    void set_alarm(std::int64_t now) const;
    void hear();
    void arrive(const Msg& msg);
    void look_up(std::uint64_t place, std::uint64_t sequence);
    void noted(Arrival& arrival, const broker::Json& answer);
    void give_out();
    void forget_notes(std::uint64_t sequence, std::uint64_t before);
    void ask_whether_empty();
    void ask_what_is_later(std::uint64_t theirs);

    const Settings settings_;
    const Names names_;
    const std::shared_ptr<broker::Leases> leases_;
    broker::Desk& desk_;
    Connection connection_;
    Exchange exchange_{connection_};
    Pull pull_;

    std::map<std::uint64_t, Arrival> arrivals_;  // in their order
    std::uint64_t last_arrival_ = 0;
    std::int64_t next_question_ = 0;  // whether the queue is empty
    bool asking_ = false;
    const int alarm_;                           // a timer: when the server should have answered
    bool stopped_ = false;                      // the server sends nothing more
    std::vector<const broker::Request*> back_;  // to be given back when it has stopped
    bool wanted_ = false, wants_ = false;       // something was to be fetched, this time round and the last
};

}  // namespace flowrun::nats
