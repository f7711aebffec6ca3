#pragma once
// What a delivery asks of its edge: what is next, and what has become of the account. Any of its threads; the edge has the lock.

#include <optional>

#include "engine/call/call_result.hh"
#include "engine/call/thread_context.hh"
#include "engine/edge/keyed_queue.hh"

namespace flowrun::engine {

class Delivery;

class Consumer {
public:
    virtual const Edge& edge() const = 0;

    // Gives it what is next. False: there is nothing for it now, and it waits.
    virtual bool fill(Delivery& delivery) = 0;
    // Who goes on where one has to wait for its result; nullptr: nobody.
    virtual Delivery* successor() = 0;
    virtual void go_on(Delivery& delivery, ThreadContext& thread) = 0;
    // False: the run ends now, its messages are left.
    virtual bool begins(Delivery& delivery) = 0;
    virtual void ends(Delivery& delivery) = 0;
    // The account of one message that has its final result. False: it was cut short by the end of the run, and is left.
    virtual bool settle(ThreadContext& thread, QueuedMessage& message, CallResult& result) = 0;
    // Its messages have their final results, and go.
    virtual void settled(Delivery& delivery) = 0;
    virtual void back_off(Delivery& delivery, Time until) = 0;
    // An attempt of this message has failed, `made` were made in all, and another begins at `next`.
    virtual void tries_again(const QueuedMessage& message, Time next, std::uint32_t made, const Error& error) = 0;
    // After so many turns of a thread, and at its last: others are told of what has changed.
    virtual void had_turn(unsigned turns) = 0;
    virtual void end_turn(bool goes_on) = 0;

    // A delivery's message may be moved on, nobody asks for it again.
    virtual bool gives_away() const = 0;
    // Deals with up to `most` messages, as long as each needs nothing but the call and, where it is forwarded as it came, a
    // place in the next queue (edge/straight.cc). Says with how many. One that needs more is in the delivery then, its
    // handler called: its result is in `rest`, which has a value.
    virtual unsigned go_straight(ThreadContext& thread, Delivery& delivery, unsigned most,
                                 std::optional<CallResult>& rest) = 0;
    virtual bool straight() const = 0;  // whether that is worth asking

protected:
    ~Consumer() = default;
};

}  // namespace flowrun::engine
