#pragma once
// What components that send have in common: one thread with one connection, to which they hand errands.
//
// Promises: every errand is told its end once, on any thread: how it went, or that it took too long, or that nothing can be sent.
// What was on its way when the connection was lost has failed, and may have arrived. A connection is made when there is something
// to send, and made again when it is lost. Not promised: an order between errands of which one failed.

#include <flowrun/component.hh>

#include <poll.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "backoff.hh"
#include "session.hh"
#include "wake.hh"

namespace flowrun::broker {

// What is to be sent, and by when there must be an answer.
class Errand {
public:
    virtual ~Errand() = default;
    // On the sender's thread; each ends it, and it is gone then.
    virtual void failed(const sdk::Failure& failure) = 0;
    virtual void held() = 0;

    std::int64_t by = 0;  // on the host's clock
    bool asks = false;    // somebody else than the server is to answer
};

// What a carrier tells. On the sender's thread.
class Office {
public:
    // To be told its end. Empty: it has had it.
    virtual std::unique_ptr<Errand> release(std::uint64_t name) = 0;
    // The same of one that the server has: its end, unless somebody else is to answer.
    virtual void arrived(std::uint64_t name) = 0;
    // The same of one that has failed; what the server is called is put before the text.
    virtual void fail(std::uint64_t name, sdk::Status status, const std::string& text) = 0;
    virtual const sdk::Node& node() const = 0;

protected:
    ~Office() = default;
};

// What a backend has to write: one connection to a server. It is made and used by one thread, which makes another when it is lost.
class Carrier {
public:
    virtual ~Carrier() = default;
    // All of these throw Lost, and sdk::QueueError where the server cannot be used. They may wait for it, but not longer than some
    // seconds.

    // Takes what it needs of the errand, which is one of those that the component gave to Sender::take; it may be gone before
    // it is released. Throws sdk::Failure where it cannot be sent.
    virtual void send(std::uint64_t name, Errand& errand) = 0;
    // Each time round, behind that.
    virtual void turn() = 0;
    // An errand that was sent then had no answer in time, and has had its end. Throws Lost where the server is taken for dead.
    virtual void overdue(std::uint64_t, std::int64_t) {}
    // What it waits for, and what to do when one of these is ready.
    virtual void wait_for(std::vector<pollfd>& fds) = 0;
    virtual void ready(const std::vector<pollfd>&) {}
    // When it wants its turn though nothing is ready; nanoseconds from now.
    virtual std::int64_t patience() const { return Session::never; }
};

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
