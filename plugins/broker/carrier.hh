#pragma once
// What a backend has to write for components that send (broker/sender.hh): one connection to a server. It is made and used by one
// thread, which makes another when it is lost.

#include <flowrun/component.hh>

#include <poll.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "session.hh"

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

}  // namespace flowrun::broker
