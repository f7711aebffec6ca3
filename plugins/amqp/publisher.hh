#pragma once
// What sends messages, over a connection of its own: a server that is short of memory or disk stops reading from who sends, and
// nobody else is to wait for that.
//
// Promises: every letter is answered once, when the server has it for good or will not have it, unless the connection is lost.
// Nothing here waits for the server's room: what does not fit stays here.

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>

#include "connection.hh"
#include "content.hh"
#include "properties.hh"

namespace flowrun::amqp {

// To which answers to this connection are sent.
inline constexpr std::string_view reply_queue = "amq.rabbitmq.reply-to";

enum class Outcome : std::uint8_t {
    confirmed,
    returned,   // there is no queue that would take it
    refused,    // the server will not have it now
    too_large,  // for the server, for ever
    no_exchange
};

struct Letter {
    std::string exchange, key;
    Properties properties{};
    std::string_view body{};  // borrowed until it is answered
    std::function<void(Outcome, std::string_view text)> done{};
    bool mandatory = true;
};

class Publisher {
public:
    // Told when the server blocks those who publish, with the reason; and with an empty text when it does no longer.
    using Blocked = std::function<void(std::string_view why)>;

    // What is sent back to `amq.rabbitmq.reply-to`, as a letter may ask for.
    using Reply = std::function<void(Delivery&&)>;

    Publisher(const Server& server, std::string_view name, Blocked blocked, Reply reply = {});

    // Goes out with the next work().
    void send(Letter&& letter) { outbox_.push_back(std::move(letter)); }
    // Sends what there is room for, and reads what has come. Throws broker::Lost.
    void work();
    // The first half of that.
    void flush();
    // When this is ready, work() has something to do.
    pollfd waits_for() const;
    std::int64_t patience() const { return connection_.patience(); }
    Connection& connection() { return connection_; }
    bool idle() const { return outbox_.empty() && sent_.empty(); }

private:
    struct Sent {
        Letter letter;
        bool answered = false, returned = false;
        std::string why{};
    };
    bool send_piece(Letter& letter);
    void read();
    void heard(const amqp_frame_t& frame);
    void confirmed(std::uint64_t tag, bool multiple, bool held);
    void returned();
    void answer(Sent& sent, Outcome outcome, std::string_view text);
    void closed(const ChannelClosed& why);
    void block(std::string_view why);

    Connection connection_;
    const Blocked told_;
    const Reply reply_;
    std::deque<Letter> outbox_;
    std::deque<Sent> sent_;  // and not all answered; the first has the tag `first_tag_`
    bool partial_ = false;   // of the last of these only so much of the body:
    std::size_t sent_of_partial_ = 0;
    bool blocked_ = false;
    std::size_t budget_ = 0;  // bytes that fit without asking
    std::uint64_t first_tag_ = 1;
    Content back_;
};

}  // namespace flowrun::amqp
