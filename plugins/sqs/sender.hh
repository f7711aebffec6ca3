#pragma once
// What sqs.publish has: one thread that sends what it is handed, ten messages a batch.
//
// Promises: every errand is told its end once, on any thread. What was on its way when SQS could not be reached has failed, and
// may have arrived.

#include <flowrun/component.hh>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "batches.hh"
#include "broker/wake.hh"
#include "declare.hh"
#include "service.hh"

namespace flowrun::sqs {

// What is to be sent, and by when there must be an answer.
class Errand {
public:
    virtual ~Errand() = default;
    // On the sender's thread; each ends it.
    virtual void failed(const sdk::Failure& failure) = 0;
    virtual void sent() = 0;

    Entry entry{};
    std::int64_t by = 0;  // on the host's clock
};

class Sender {
public:
    struct Settings {
        Place place{};
        std::string queue{};
        std::int64_t linger = 0;  // how long fewer than ten wait for more
    };
    Sender(sdk::Node node, Settings settings);
    // Who still waits is told that it ends.
    ~Sender();
    Sender(const Sender&) = delete;
    Sender& operator=(const Sender&) = delete;

    void take(std::unique_ptr<Errand> errand);
    // Nobody has to wait any more.
    void stop();

private:
    struct Link {
        Link(const sdk::Node& node, const Settings& settings);
        Service service;
        QueueAt queue;
        Batches sends;
    };
    using Number = std::uint64_t;
    void work();
    void turn();
    bool connected();
    void send(std::unique_ptr<Errand> errand);
    void answered(Number number, const Batches::Outcome& outcome);
    void expire();
    void fail_all(sdk::Status status, const std::string& why);
    void wait();

    const sdk::Node node_;
    const Settings settings_;
    const std::string server_;
    broker::Wake wake_;

    // --- its thread's ---
    std::unique_ptr<Link> link_;
    std::vector<std::unique_ptr<Errand>> unsent_;
    std::map<Number, std::unique_ptr<Errand>> held_;  // in the order in which they came
    Number last_ = 0;
    std::int64_t next_try_ = 0, pause_ = 0, first_came_ = 0;

    std::mutex mutex_;  // the rest
    std::vector<std::unique_ptr<Errand>> new_;
    bool ending_ = false, stopped_ = false;

    std::thread thread_;
};

}  // namespace flowrun::sqs
