#pragma once
// What takes messages from one queue, over a connection of its own.
//
// Promises: an answer to a delivery (ack, requeue) is `done` when the server's channel has dealt with it; whether it survives the
// server's sudden end nobody can say. All that is out goes back to the queue when this ends.

#include <poll.h>

#include <cstdint>
#include <functional>
#include <limits>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "connection.hh"
#include "content.hh"
#include "declare.hh"

namespace flowrun::amqp {

class Consumer {
public:
    using Done = std::function<void()>;
    using Take = std::function<void(Delivery&&)>;
    using Now = std::function<std::int64_t()>;  // nanoseconds of a steady clock

    Consumer(const Server& server, std::string_view name, std::string_view queue, Now now, Take take);

    // Up to so many may be out that come after this; 0: none come any more. alone: Lost where somebody else consumes.
    //
    // A limit is changed when nothing is under way, since that would be given out again, out of its order: when as many are
    // out as may be. Until then answers are held back, but not for long: then what was wanted is forgotten, or done all the
    // same where nothing is to come any more.
    void consume(std::size_t prefetch, bool alone = false);
    // Where as many are out as may be: as many again, beside these.
    void more() { change(); }
    // What holds now; what is wanted is not counted.
    std::size_t limit() const { return limit_; }
    bool changing() const { return wanted_ != limit_; }
    bool full() const { return limit_ != 0 && of_it_ >= limit_; }
    bool was_full() { return std::exchange(was_full_, full()); }
    bool consumes() const { return !tag_.empty() && wanted_ != 0; }
    // Lets others know that this has something, or nothing (NAME.busy, which is there).
    void show_busy(bool is);
    // Asks how many wait; counted() is called with the answer.
    void count();
    std::function<void(std::uint64_t waiting)> counted;

    // To be sent with the next work(); a few acks alone wait a moment for company, since each that the server takes in alone
    // holds up the message that comes behind it.
    void ack(std::uint64_t tag, Done done) {
        if (acks_.empty()) ack_by_ = now_() + longest_ack;
        acks_.push_back({tag, std::move(done)});
    }
    // None waits any longer.
    void hurry() { ack_by_ = never; }
    void requeue(std::uint64_t tag, Done done) { requeues_.push_back({tag, std::move(done)}); }
    // Never again: to where the queue's own settings send its dead letters, if anywhere.
    void reject(std::uint64_t tag, Done done) { rejects_.push_back({tag, std::move(done)}); }
    // Throws broker::Lost.
    void work();
    void send_answers();
    pollfd waits_for() const { return {connection_.descriptor(), POLLIN, 0}; }
    std::int64_t patience() const;
    std::uint64_t settled() const { return settled_; }
    std::uint64_t delivered() const { return delivered_; }
    Clerk& clerk() { return clerk_; }

private:
    struct Answer {
        std::uint64_t tag;
        Done done;
    };
    static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::min();
    static constexpr std::int64_t longest_ack = 800'000;     // nanoseconds
    static constexpr std::int64_t between_asks = 5'000'000;  // the server's answer costs as much as a message
    static constexpr std::size_t few_acks = 8;
    bool waits_for_company() const;
    bool waits_to_change();
    void change();
    void forget(std::uint64_t tag);
    void send_acks();
    void send_nacks(std::vector<Answer>& answers, bool requeue);
    void ask_for_noting();
    void noted();
    void read();
    void heard(const amqp_frame_t& frame);
    void deliver();

    Connection connection_;
    Clerk clerk_;
    const std::string queue_;
    const Now now_;
    const Take take_;
    std::string tag_;  // of the consumer; empty: there is none
    unsigned consumers_ = 0;
    std::size_t limit_ = 0, wanted_ = 0;  // of that consumer, and of the next
    bool alone_ = false, was_full_ = false;
    std::uint64_t first_tag_ = 1;  // of its first message
    std::size_t of_it_ = 0;        // of its messages, out
    std::int64_t change_by_ = 0, ack_by_ = 0, next_ask_ = 0;
    Content content_;
    std::set<std::uint64_t> out_;
    std::vector<Answer> acks_, requeues_, rejects_;
    std::vector<Done> sent_, asked_;  // answers that are sent; of these, which the server was asked to confirm
    std::uint64_t settled_ = 0, delivered_ = 0;
};

}  // namespace flowrun::amqp
