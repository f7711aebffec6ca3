#pragma once
// What a backend has to write for a source (broker/source.hh): one connection to a server, for what is read there. It is made and
// used by one thread, which makes another when it is lost.

#include <flowrun/component.hh>

#include <poll.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "body.hh"
#include "session.hh"

namespace flowrun::broker {

// A message that a server has given out.
struct Arrival {
    Handle handle{};               // by which it is answered
    std::uint64_t deliveries = 1;  // how often it was given out, this one too, as far as the server counts
    std::string traceparent{};
    std::string reply_to{}, correlation{};  // where the flow's reply goes; empty: nowhere
};

enum class Answer : std::uint8_t { ack, requeue, reject };

// The flow's reply to a message, or its error.
struct Reply {
    std::string to, correlation;
    Body body;
    std::string_view error;  // its code; empty: it is none
};

// What a feed tells. On the source's thread.
class Intake {
public:
    // Within Feed::turn() or ready(). `build` is called at once, if at all, and throws sdk::Failure where the message cannot be read; then `body`
    // is told.
    virtual void take(Arrival&& arrival, std::string_view body, const std::function<void(sdk::Build&)>& build) = 0;
    // The server has the reply of this name, or will not have it, and never another time.
    virtual void replied(std::uint64_t name) = 0;
    virtual const sdk::Node& node() const = 0;

protected:
    ~Intake() = default;
};

class Feed {
public:
    static constexpr std::int64_t never = Session::never;

    virtual ~Feed() = default;
    // All of these throw Lost, and sdk::QueueError where what is read cannot be had. They may wait for the server, but not longer
    // than some seconds.

    // Each time round: takes what has come, though no more than there is room for, unless the server keeps to that by itself.
    virtual void turn(std::size_t room) = 0;
    // Once for each that was taken, unless answers are wanted for none. `delay`: of a requeue, nanoseconds.
    virtual void settle(const Handle& handle, Answer answer, std::int64_t delay) = 0;
    // The reply lasts until it is replied(), or this is gone.
    virtual void reply(std::uint64_t name, const Reply& reply) = 0;
    // Of all that is in the flow: the process has it still.
    virtual void renew(const std::vector<Handle>&) {}
    // Nothing more is to come. What was requeued with a delay goes back at once.
    virtual void stop() = 0;
    // After stop(): nothing comes any more, and the server has noted every answer.
    virtual bool is_quiet() const = 0;

    // What it waits for, and what to do when one of these is ready.
    virtual void wait_for(std::vector<pollfd>& fds) = 0;
    virtual void ready(const std::vector<pollfd>&) {}
    // When it wants its turn though nothing is ready; nanoseconds from now.
    virtual std::int64_t patience() const { return never; }

    // After so long the server gives a message to another, unless it is renewed; 0: it does not.
    virtual std::int64_t lease() const { return 0; }
    // What it gave out can still be answered by the next feed.
    virtual bool leases_outlive_it() const { return false; }
    // What is not acked comes again; else nothing is answered, and nothing requeued.
    virtual bool gives_again() const { return true; }
};

}  // namespace flowrun::broker
