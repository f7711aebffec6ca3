#pragma once
// What the components that send have in common: one thread with one connection, to which they hand letters.
//
// Promises: every errand is told its end once, on any thread: how it went, or that it took too long, or that nothing can be sent.
// What was on its way when the connection was lost has failed, and may have arrived. Not promised: an order between errands of
// which one failed.

#include <flowrun/component.hh>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "broker/wake.hh"
#include "publisher.hh"
#include "server.hh"

namespace flowrun::amqp {

// What is to be sent, and by when there must be an answer.
class Errand {
public:
    virtual ~Errand() = default;
    // On the sender's thread; each ends it.
    virtual void failed(const sdk::Failure& failure) = 0;
    virtual void held() = 0;
    virtual void answered(const Delivery& delivery) = 0;

    Letter letter{};
    std::string body{};
    std::string correlation{};  // of one that is held and wants an answer; else empty
    std::int64_t by = 0;        // on the host's clock
};

class Sender {
public:
    Sender(sdk::Node node, Server server, bool wants_answers);
    // Who still waits is told that it ends.
    ~Sender();
    Sender(const Sender&) = delete;
    Sender& operator=(const Sender&) = delete;

    void take(std::unique_ptr<Errand> errand);
    // Nobody has to wait any more.
    void stop();

private:
    using Name = std::uint64_t;
    using Times = std::multimap<std::int64_t, Name>;
    struct Held {
        std::shared_ptr<Errand> errand;
        Times::iterator by;
    };
    void work();
    void turn();
    void take_new();
    bool connected();
    void outcome(Name name, Outcome outcome, std::string_view text);
    void answered(Delivery&& delivery);
    void expire();
    void fail_all(sdk::Status status, const std::string& why);
    void send(Name name, const std::shared_ptr<Errand>& errand);
    std::shared_ptr<Errand> release(Name name);
    void wait();

    const sdk::Node node_;
    const Server server_;
    const bool wants_answers_;
    broker::Wake wake_;

    // --- its thread's ---
    std::unique_ptr<Publisher> publisher_;
    std::map<Name, Held> errands_;
    Times by_;
    std::unordered_map<std::string, Name> correlations_;
    Name last_ = 0;
    std::int64_t next_try_ = 0, pause_ = 0;

    std::mutex mutex_;  // the rest
    std::vector<std::unique_ptr<Errand>> new_;
    bool ending_ = false, stopped_ = false;

    std::thread thread_;
};

}  // namespace flowrun::amqp
