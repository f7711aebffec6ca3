#pragma once
// What the components that send have in common: one thread with one connection, to which they hand letters.
//
// Promises: every errand is told its end once, on any thread. What was on its way when the connection was lost has failed, and may
// have arrived.

#include <flowrun/component.hh>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "broker/url.hh"
#include "broker/wake.hh"
#include "connection.hh"

namespace flowrun::nats {

// What is to be sent, and by when there must be an answer.
class Errand {
public:
    virtual ~Errand() = default;
    // On the sender's thread; each ends it.
    virtual void failed(const sdk::Failure& failure) = 0;
    virtual void answered(const Msg& msg) = 0;

    // With this reply subject. Throws sdk::Failure.
    virtual Msg letter(const std::string& reply) = 0;
    std::int64_t by = 0;  // on the host's clock
    // The server itself answers when it has it; else whoever hears the subject.
    bool echoes = false;
};

class Sender {
public:
    Sender(sdk::Node node, broker::Url url);
    // Who still waits is told that it ends.
    ~Sender();
    Sender(const Sender&) = delete;
    Sender& operator=(const Sender&) = delete;

    void take(std::unique_ptr<Errand> errand);
    // Nobody has to wait any more.
    void stop();

private:
    using Times = std::multimap<std::int64_t, std::uint64_t>;
    struct Held {
        std::unique_ptr<Errand> errand;
        std::int64_t since = 0;
        Times::iterator by{};
    };
    void work();
    void turn();
    bool connected();
    void send(std::unique_ptr<Errand> errand);
    void hear();
    void expire();
    void fail_all(sdk::Status status, const std::string& why);
    void wait();

    const sdk::Node node_;
    const broker::Url url_;
    const std::string server_;
    broker::Wake wake_;

    // --- its thread's ---
    std::unique_ptr<Connection> connection_;
    std::vector<std::unique_ptr<Errand>> unsent_;
    std::map<std::uint64_t, Held> held_;
    Times by_;
    std::uint64_t last_ = 0;
    std::int64_t next_try_ = 0, pause_ = 0, heard_ = 0;

    std::mutex mutex_;  // the rest
    std::vector<std::unique_ptr<Errand>> new_;
    bool ending_ = false, stopped_ = false;

    std::thread thread_;
};

}  // namespace flowrun::nats
