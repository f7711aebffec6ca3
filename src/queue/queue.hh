#pragma once
// The interface of what stands behind an async edge: the in-memory ring, and whatever else can hold messages until they are
// delivered. A queue never waits and nothing waits for it: what cannot be answered at once is told to its listener later.
//
// The life of an item: push (accepted once it is held) - take, which gives it a lease - then ack (dealt with), nack (to be
// taken again later) or reject (never again). A lease that is neither may be given anew: at least once.
//
// `peek` and `replay` are not part of it yet: nothing that runs needs them.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/error.hh"
#include "base/world.hh"
#include "queue/meta.hh"
#include "value/value.hh"

namespace flowrun::queue {

struct Item {
    value::Value body;
    Meta meta;
    Time queued = 0;             // when it was accepted, on the run's clock; 0: nobody needs it
    std::uint64_t lease = 0;     // by which the queue knows it while it is out; 0 in a queue that forgets what it gave
    std::uint32_t attempts = 0;  // made so far
    Time due = 0;                // its next attempt is not before, on the run's clock
    bool again = false;          // it was out before, and the queue does not know what came of that
    bool interrupted = false;    // it was in a handler when an earlier run died
    bool own = false;            // this very run has put it into a queue that others share
    std::uint64_t bytes = 0;     // what it keeps alive
    Receipt::Unit unit{};        // of the receipt that its meta leads to, while it waits or is being delivered
};

struct Depth {
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0;
};

class Queue {
public:
    // Who is told of what a queue could not answer at once. Any thread; from within push() too, but not from within take().
    class Listener {
    public:
        // A push that was pending: it is held, or `why` it is not.
        virtual void pushed(std::uint64_t push, const Error* why) = 0;
        // There may be something to take.
        virtual void arrived() = 0;
        // An ack, nack or reject has been taken note of; with `why` nobody knows whether it was.
        virtual void settled(std::uint64_t lease, const Error* why) = 0;
        // So many that were counted as held when it was opened will never be given out.
        virtual void lost(std::uint64_t messages, const Error& why) = 0;
        // So many more wait than were pushed, or fewer than were taken: the queue was changed by hand.
        virtual void added(std::uint64_t messages) = 0;
        virtual void removed(std::uint64_t messages) = 0;
        // It cannot be used any more; once. Whatever is asked for from now on fails.
        virtual void broken(const Error& why) = 0;
        // Of a shared queue, where that is wanted: it was asked, and is empty: nobody else has anything out of it.
        virtual void idle() {}
        // What an operator should know, and nothing follows from.
        virtual void notice(std::string_view) {}
        // So many of what it holds stay where they are, for a later run.
        virtual void kept(std::uint64_t messages) { static_cast<void>(messages); }
        // What is pushed or answered waits, for want of room where the queue lies; nullptr: no more.
        virtual void full(const Error* why) { static_cast<void>(why); }

    protected:
        ~Listener() = default;
    };
    enum class Pushed : std::uint8_t { held, pending, refused };

    virtual ~Queue() = default;

    virtual void open(Listener& listener) = 0;  // before all else
    // The item is the queue's unless it is refused; `push` is the caller's name for it. Any thread.
    virtual Pushed push(Item& item, std::uint64_t push) = 0;
    // As push, of a dead letter: `error` is that of its last attempt on `edge`, and is kept with it where that can be.
    virtual Pushed bury(Item& item, std::uint64_t push, const Error& error, std::string_view edge) {
        static_cast<void>(error), static_cast<void>(edge);
        return this->push(item, push);
    }
    // Moves up to n items out, oldest first, each with a lease; arrived() tells when there may be more. Any thread.
    virtual std::size_t take(Item* items, std::size_t n) = 0;
    // Each is answered by settled(), unless it forgets().
    virtual void ack(std::uint64_t lease) = 0;
    // To be given out again, after `delay`; `attempts`: that have been made in all, of which `error` ended the last (nullptr: the
    // same as before).
    virtual void nack(std::uint64_t lease, Duration delay, std::uint32_t attempts, const Error* error) = 0;
    virtual void reject(std::uint64_t lease, const Error& error) = 0;
    // A handler is about to be called with it: should the process die in there, a later run is told.
    virtual void enter(std::uint64_t) {}
    // How many of those that it holds were in a handler when an earlier run died. They are given out before all others.
    virtual std::uint64_t interrupted() const { return 0; }
    // The lease goes on: the message waits here for its next attempt, due after `delay`. Not answered.
    virtual void extend(std::uint64_t lease, Duration delay, std::uint32_t attempts, const Error& error) = 0;
    virtual Depth depth() const = 0;
    // Nothing more will be taken: pushes that wait for room of the queue's own are let in.
    virtual void drain() {}
    // Nothing more is pushed or taken; leases that are out may still be answered, and what is told is told no more.
    virtual void close() = 0;

    // It holds nothing once it was taken: no lease needs an answer.
    virtual bool forgets() const = 0;
    // What it holds outlives the run: nothing in it is lost when the run ends, and some may be from an earlier one.
    virtual bool durable() const { return false; }
    // Other processes put into it and take from it: what it holds is not known here, and who takes from it does so until he is
    // told to stop.
    virtual bool shared() const { return false; }
    // It is one of memory, of which some messages may lie in a store: so many now.
    virtual bool spills() const { return false; }
    virtual std::uint64_t stays() const { return 0; }
};

}  // namespace flowrun::queue
