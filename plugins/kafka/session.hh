#pragma once
// A queue in Kafka, over one producer and one member of its group.
//
// What is dealt with is committed, out of order too (offsets.hh). What is given back goes to the end of the topic for that, with
// its due time, and is then dealt with where it lay; where an order is to be kept it stays there, and its attempts are noted.
// What is rejected goes to the topic of the dead, and is then dealt with. Should this process die in between, it is there twice.

#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "broker/session.hh"
#include "broker/wake.hh"
#include "member.hh"
#include "names.hh"
#include "producer.hh"
#include "settings.hh"
#include "shelf.hh"

namespace flowrun::kafka {

class Session final : public broker::Session {
public:
    struct Manner {
        std::string name;       // the queue's
        bool spreads = false;   // over the topic's partitions, by key; else all lies in the first
        bool in_place = false;  // what is given back stays where it lay
        bool by_key = false, takes = true, until_empty = false;
        std::int64_t lease = 0, handover = 0;
    };
    Session(Settings settings, const Manner& manner, broker::Desk& desk);
    ~Session() override;
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    void turn(const broker::Stock& stock) override;
    void send(const std::vector<const broker::Request*>& requests) override;
    void fetch(std::size_t most) override;
    void renew(const std::vector<broker::Handle>&) override {}  // a member's heartbeat does that
    void wait_for(std::vector<pollfd>& fds) override;
    void ready(const std::vector<pollfd>& fds) override;
    std::int64_t patience() const override;
    bool leases_outlive_it() const override { return false; }

private:
    struct Out {
        Lane* lane;
        std::int64_t offset;
        std::uint32_t attempts;
        std::string key;
    };
    using Settled = std::pair<std::uint64_t, std::int64_t>;  // lease and offset

    void push(const broker::Request& request);
    void answer(const broker::Request& request);
    void give_back(const broker::Request& request);
    void move_to(const std::string& topic, std::int32_t partitions, broker::Message message, std::uint64_t number,
                 std::uint64_t lease);
    void end(std::uint64_t number, std::uint64_t lease);

    bool read(std::size_t most);
    void accept(const rd_kafka_message_t& record);
    bool is_poison(const Arrival& arrival) const;
    void bury(Arrival arrival);
    void pump();
    void deliver(Arrival arrival);
    std::uint64_t lend(const Arrival& arrival);
    void ask_whether_empty();

    Member::Watch watch();
    void committed(Lane& lane, const Offsets::Commit& commit);
    void gone(Lane& lane);
    void tell_trouble(const std::string& text);
    void goes_well();

    const Settings settings_;
    const Manner manner_;
    const Names names_;
    broker::Desk& desk_;
    const broker::Wake wake_;
    const int alarm_;  // a timer: for what nobody wakes it
    Producer producer_;
    std::int32_t partitions_ = 0, retry_partitions_ = 0, dead_partitions_ = 0;
    Shelf shelf_;
    std::unordered_map<std::uint64_t, Out> out_;  // by the handle's number
    std::unordered_map<const Lane*, std::vector<Settled>> to_settle_;
    std::uint64_t last_out_ = 0;
    std::size_t room_ = 0;          // for so many more that may be delivered
    std::size_t room_for_all_ = 0;  // of a message, so that it can be sent
    std::int64_t next_question_ = 0;
    bool takes_ = true, wants_ = false, troubled_ = false;
    std::unique_ptr<Member> member_;
};

}  // namespace flowrun::kafka
