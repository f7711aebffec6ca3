#pragma once
// What a backend has to write: one connection to a server, for one queue there. It is made and used by one thread
// (broker/queue.hh), which makes another when it is lost.

#include <poll.h>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "message.hh"

namespace flowrun::broker {

// The connection is gone, or cannot be had: tried again after a while.
struct Lost {
    std::string text;
    bool is_there = false;  // somebody answers, and says that the server is not ready yet
};

// By which a backend knows a message that it has given out: what it wants. An answer to one that is over changes nothing.
struct Handle {
    std::string id;
    std::uint64_t count = 0;
};

struct Request {
    enum class Kind : std::uint8_t { push, ack, nack, reject };
    Kind kind = Kind::push;
    std::uint64_t name = 0;  // of a push, or the lease
    Message
        message{};  // of an answer: as it was given out, but with its new attempts, error and due time (nack; 0: at once)
    Handle handle{};
    bool ours = false;  // it was fetched and never taken: the runner hears nothing of it
};

// What a session tells. On the session's thread.
class Desk {
public:
    // Status and text as of flowrun_queue_listener. Each request is answered once; those that are not when the session is lost
    // are sent again by the next.
    virtual void pushed(std::uint64_t name, std::int32_t status, std::string_view text) = 0;
    virtual void settled(std::uint64_t lease, std::int32_t status, std::string_view text) = 0;
    // `again`: it was given out before, and nobody knows what came of that.
    virtual void deliver(Message&& message, Handle&& handle, bool again) = 0;
    // The server was asked, and the queue is empty, as flowrun_queue_listener has it. Only where that is wanted.
    virtual void idle() = 0;
    // So many were given out too often without a word of what came of it, and lie among the dead now: told by who put them there.
    virtual void buried(std::uint64_t messages) = 0;
    // What an operator should know and nothing follows from, as of flowrun_queue_listener.
    virtual void notice(std::string_view text) = 0;
    virtual std::int64_t now() const = 0;   // nanoseconds of a steady clock
    virtual std::int64_t wall() const = 0;  // nanoseconds since 1970

protected:
    ~Desk() = default;
};

// What a queue has.
struct Stock {
    std::size_t out = 0, fetched = 0;  // what the runner has; what it has not taken yet
    bool takes = true;                 // it may take more
};

class Session {
public:
    static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

    virtual ~Session() = default;
    // All of these throw Lost, and sdk::QueueError where the queue cannot be used any more. They may wait for the server, but
    // not longer than some seconds.

    // Each time round, before the rest.
    virtual void turn(const Stock&) {}
    // In the order in which they were asked for. Each stands until it is answered.
    virtual void send(const std::vector<const Request*>& requests) = 0;
    // Up to so many more may be delivered; asked anew each time round, with what there is room for then. A session that knows
    // that there is nothing need not ask the server.
    virtual void fetch(std::size_t most) = 0;
    // Of all that is out: the process has it still.
    virtual void renew(const std::vector<Handle>& handles) = 0;
    // What it waits for, and what to do when one of these is ready.
    virtual void wait_for(std::vector<pollfd>& fds) = 0;
    virtual void ready(const std::vector<pollfd>& fds) = 0;
    // When it wants to be asked again though nothing is ready; nanoseconds from now.
    virtual std::int64_t patience() const { return never; }
    // What it gave out can still be answered by the next session.
    virtual bool leases_outlive_it() const = 0;
};

}  // namespace flowrun::broker
