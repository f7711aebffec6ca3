#pragma once
// A queue in SQS.
//
// A message that is given back with something new to say of it (an attempt, an error) is put down anew, with a delay, and only then
// deleted; one of which there is nothing to say is made visible again. In a FIFO queue each keeps its place: it is made visible
// again later, and what there is to say of it only this process remembers. One that is rejected is put into the queue of the
// dead first. Should this process die in between, it comes again.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "answers.hh"
#include "batches.hh"
#include "broker/session.hh"
#include "declare.hh"
#include "groups.hh"
#include "holdings.hh"
#include "receiver.hh"
#include "service.hh"

namespace flowrun::sqs {

class Session final : public broker::Session {
public:
    struct Settings {
        std::string name;           // the queue's
        std::uint64_t poison = 20;  // given out so often without a word, a message is dead
        std::int64_t wait = 20;     // seconds: the longest poll
        bool until_empty = false;   // it tells when the queue is empty
        bool takes = true;
        bool by_key = false;
    };
    Session(const Place& place, const Settings& settings, std::shared_ptr<Holdings> holdings, broker::Desk& desk);
    ~Session() override;
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    void turn(const broker::Stock& stock) override;
    void send(const std::vector<const broker::Request*>& requests) override;
    void fetch(std::size_t most) override;
    void renew(const std::vector<broker::Handle>& handles) override;
    void wait_for(std::vector<pollfd>& fds) override { service_.wait_for(fds); }
    void ready(const std::vector<pollfd>& fds) override;
    bool leases_outlive_it() const override { return true; }

private:
    void push(const broker::Request& request);
    void ack(const broker::Request& request);
    void give_back(const broker::Request& request);
    void put_anew(const broker::Request& request);
    void reject(const broker::Request& request);
    bool is_over(const broker::Request& request);
    void settled(std::uint64_t lease, std::int32_t status, std::string_view text);
    Way way_of(const broker::Message& message) const;
    std::int64_t delay_until(std::int64_t due) const;

    void bury(const broker::Message& message, const std::string& receipt, Answers::Then then);
    void end(const std::string& receipt, bool goes_on);

    void take(const broker::Json& given);
    void give_out(Delivered&& one, bool again);
    bool is_poison(const Delivered& one, const Holdings::Returned& known);
    void ask_whether_empty();
    void flush();

    const Settings settings_;
    const Names names_;
    const std::shared_ptr<Holdings> holdings_;
    broker::Desk& desk_;
    Service service_;
    const QueueAt queue_;
    std::optional<QueueAt> dead_;

    Batches sends_;
    std::optional<Batches> burials_;
    Answers answers_;
    std::optional<Receiver> receiver_;

    Groups groups_;
    std::uint64_t unsettled_ = 0, settled_ = 0;  // answers: under way, and done
    bool asking_ = false, stopped_ = false, ending_ = false;
};

}  // namespace flowrun::sqs
