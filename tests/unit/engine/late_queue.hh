#pragma once
// A queue for tests that does all that a queue on the other side of a network may do: answers late and out of order, refuses,
// fails after a while, loses acks, answers them with an error, and gives out anew what was not acked in time. All drawn by a
// seed; in simulated time.

#include <cstdint>
#include <memory>
#include <random>
#include <set>
#include <vector>

#include "base/world.hh"
#include "queue/queue.hh"

namespace flowrun::engine::test {

// What it does, in percent, and how late at the most.
struct Habits {
    int holds_at_once = 0;  // a push is answered by its return
    int refuses = 0;        // by its return
    int fails = 0;          // later
    int never_answers = 0;  // a push, which is held
    int loses_acks = 0;     // they do not arrive, and are not answered
    int loses_answers = 0;  // they do arrive
    int doubts_acks = 0;    // answers with an error
    Duration push_late = 0, ack_late = 0;
    Duration lease = 0;       // after which what was not acked is given out anew, at most twice; 0: never
    bool keeps_order = true;  // there is to be taken at once what is answered later
};

// What it did. Outlives it.
struct Deeds {
    std::uint64_t pushes = 0, held = 0, failed = 0, refused = 0;
    std::uint64_t given = 0, again = 0;             // again: of those, once more
    std::uint64_t acks = 0, rejects = 0, sure = 0;  // sure: answered without an error
    bool closed = false;
    std::uint64_t unsure() const { return acks + rejects - sure; }
};

class LateQueue final : public queue::Queue {
public:
    LateQueue(World& world, std::uint64_t seed, Habits habits, std::shared_ptr<Deeds> deeds);
    ~LateQueue() override;

    void open(Listener& listener) override;
    Pushed push(queue::Item& item, std::uint64_t push) override;
    std::size_t take(queue::Item* items, std::size_t n) override;
    void ack(std::uint64_t lease) override;
    void nack(std::uint64_t lease, Duration delay, std::uint32_t attempts, const Error* error) override;
    void reject(std::uint64_t lease, const Error& error) override;
    void extend(std::uint64_t, Duration, std::uint32_t, const Error&) override {}
    queue::Depth depth() const override;
    void close() override;
    bool forgets() const override { return false; }

private:
    struct State;
    const std::shared_ptr<State> state_;  // timers that are still to go off hold it too
};

}  // namespace flowrun::engine::test
