#pragma once
// What sqs.consume does in its run: one thread takes messages, sends them into the flow and answers for them.
//
// Promises: each message is deleted, shown again or left once, as long as its lease holds, which is renewed meanwhile, for twelve
// hours in all; what is lost comes again. run() returns when it was told to stop, nothing is in the flow any more and SQS has
// noted all answers, or is gone.

#include <flowrun/component.hh>

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "answers.hh"
#include "broker/leases.hh"
#include "broker/wake.hh"
#include "content.hh"
#include "declare.hh"
#include "receiver.hh"
#include "service.hh"

namespace flowrun::sqs {

class Intake {
public:
    enum class OnFailure : std::uint8_t { retry, leave, give_up };
    struct Settings {
        Place place{};
        std::string queue{};
        std::size_t prefetch = 16;
        std::int64_t lease = 0;
        bool ack_at_once = false;
        OnFailure on_failure = OnFailure::retry;
        std::int64_t retry_after = 0, longest_retry = 0;
        Format format = Format::automatic;
    };

    Intake(sdk::Node node, Settings settings);
    // Throws sdk::Failure where it cannot begin; later it tries again.
    void run(sdk::Call call);
    void wake() { wake_.set(); }  // any thread

private:
    // In the flow, or back from it.
    struct Message {
        Intake& intake;
        std::string receipt{};
        std::uint64_t deliveries = 0;
        sdk::Status status = sdk::Status::ok;
    };
    // One connection, and what goes with it.
    struct Link {
        explicit Link(Intake& intake);
        Service service;
        std::string queue;
        Answers answers;
        Receiver receiver;
        bool stopped = false;
    };
    static void done(void* user, std::int32_t status, const flowrun_value* reply, const flowrun_error* error);

    void connect() { link_ = std::make_unique<Link>(*this); }
    bool connected();
    void lose(const std::string& why);
    void turn();
    void take(const broker::Json& given);
    void hear_flow();
    void answer(std::unique_ptr<Message> message);
    void remove(const std::string& receipt);
    void renew();
    bool is_through() const;
    void wait();

    const sdk::Node node_;
    const Settings settings_;
    broker::Wake wake_;
    sdk::Builder builder_;
    const sdk::Call* call_ = nullptr;  // while run() does

    std::unique_ptr<Link> link_;
    broker::Leases leases_;
    std::set<std::string> held_;  // their receipts, of those that are in the flow
    std::int64_t next_renewal_ = 0, next_try_ = 0, pause_ = 0;
    bool stopping_ = false;
    std::size_t in_flow_ = 0;

    std::mutex mutex_;
    std::vector<std::unique_ptr<Message>> back_;
};

}  // namespace flowrun::sqs
