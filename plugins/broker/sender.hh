#pragma once
// What components that send have in common: one thread with one connection, to which they hand errands.
//
// Promises: every errand is told its end once, on any thread: how it went, or that it took too long, or that nothing can be sent.
// What was on its way when the connection was lost has failed, and may have arrived. A connection is made when there is something
// to send, and made again when it is lost. Not promised: an order between errands of which one failed.

#include <flowrun/component.hh>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "backoff.hh"
#include "carrier.hh"
#include "wake.hh"

namespace flowrun::broker {

class Sender final : private Office {
public:
    // Throws Lost and sdk::QueueError.
    using Connect = std::function<std::unique_ptr<Carrier>(Office&)>;

    Sender(sdk::Node node, std::string server, Connect connect);
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
        std::unique_ptr<Errand> errand;
        Times::iterator by;
        std::int64_t since = never_sent;
    };
    static constexpr std::int64_t never_sent = -1;

    // --- the carrier's ---
    std::unique_ptr<Errand> release(std::uint64_t name) override;
    void arrived(std::uint64_t name) override;
    void fail(std::uint64_t name, sdk::Status status, const std::string& text) override;
    const sdk::Node& node() const override { return node_; }

    void work();
    bool take_new();
    void turn();
    bool connected();
    void send_new();
    void expire();
    void fail_all(sdk::Status status, const std::string& why);
    void wait();

    const sdk::Node node_;
    const std::string server_;
    const Connect connect_;
    Wake wake_;

    // --- its thread's ---
    std::unique_ptr<Carrier> carrier_;
    std::map<Name, Held> errands_;
    Times by_;
    Name last_ = 0, last_sent_ = 0;
    Backoff backoff_;

    std::mutex mutex_;  // the rest
    std::vector<std::unique_ptr<Errand>> new_;
    bool ending_ = false, stopped_ = false;

    std::thread thread_;
};

}  // namespace flowrun::broker
