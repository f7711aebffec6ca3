#include "publisher.hh"

#include <algorithm>
#include <charconv>
#include <utility>

namespace flowrun::amqp {
namespace {

constexpr amqp_channel_t letters = 1;
// A socket that says it has room has a third of its buffer free, which is never less than this.
constexpr std::size_t room = 16 << 10;
constexpr std::string_view too_large_text = "larger than configured max size ";

}  // namespace

Publisher::Publisher(const Server& server, std::string_view name, Blocked blocked, Reply reply)
    : connection_(server, name), told_(std::move(blocked)), reply_(std::move(reply)) {
    connection_.open(letters);
    amqp_confirm_select(connection_.state(), letters);
    connection_.answered(letters);
    if (!reply_) return;
    amqp_basic_consume(connection_.state(), letters, bytes_of(reply_queue), amqp_empty_bytes, 0, 1, 0,
                       amqp_empty_table);
    connection_.answered(letters);
}

void Publisher::work() {
    read();
    flush();
}

// While it is blocked the server reads nothing at all.
void Publisher::flush() {
    while ((partial_ || !outbox_.empty()) && !blocked_) {
        if (budget_ == 0) {
            if (!connection_.writable()) return;
            budget_ = room;
        }
        if (!partial_) {
            sent_.push_back({std::move(outbox_.front())});
            outbox_.pop_front();
        }
        partial_ = !send_piece(sent_.back().letter);
    }
}

// True: it is sent whole.
bool Publisher::send_piece(Letter& letter) {
    const auto spend = [&](std::size_t bytes) { budget_ -= std::min(budget_, bytes + 64); };
    if (!partial_ && letter.body.size() <= room) {
        connection_.check(amqp_basic_publish(connection_.state(), letters, bytes_of(letter.exchange),
                                             bytes_of(letter.key), letter.mandatory ? 1 : 0, 0,
                                             &letter.properties.made(), bytes_of(letter.body)));
        spend(letter.body.size() + letter.properties.size());
        return true;
    }
    amqp_frame_t frame{};
    frame.channel = letters;
    if (!partial_) {
        amqp_basic_publish_t method{0, bytes_of(letter.exchange), bytes_of(letter.key), letter.mandatory ? 1 : 0, 0};
        connection_.send(letters, AMQP_BASIC_PUBLISH_METHOD, &method);
        frame.frame_type = AMQP_FRAME_HEADER;
        frame.payload.properties.class_id = AMQP_BASIC_CLASS;
        frame.payload.properties.body_size = letter.body.size();
        frame.payload.properties.decoded = const_cast<amqp_basic_properties_t*>(&letter.properties.made());
        sent_of_partial_ = 0;
        spend(letter.properties.size());
    } else {
        frame.frame_type = AMQP_FRAME_BODY;
        frame.payload.body_fragment = bytes_of(letter.body.substr(sent_of_partial_, room));
        sent_of_partial_ += frame.payload.body_fragment.len;
        spend(room);
    }
    connection_.check(amqp_send_frame(connection_.state(), &frame));
    return sent_of_partial_ == letter.body.size();
}

pollfd Publisher::waits_for() const {
    const bool writes = (partial_ || !outbox_.empty()) && !blocked_;
    return {connection_.descriptor(), static_cast<short>(POLLIN | (writes ? POLLOUT : 0)), 0};
}

void Publisher::read() {
    for (amqp_frame_t frame{}; connection_.next(frame);) {
        heard(frame);
        if (back_.empty()) connection_.release(frame.channel);
    }
}

void Publisher::heard(const amqp_frame_t& frame) {
    if (frame.frame_type != AMQP_FRAME_METHOD) {
        if (frame.channel != letters || !back_.add(frame)) return;
        if (back_.method().id == AMQP_BASIC_RETURN_METHOD) returned();
        else reply_(back_.delivery());
        return;
    }
    const amqp_method_t& method = frame.payload.method;
    switch (method.id) {
        case AMQP_BASIC_ACK_METHOD: {
            const auto& ack = *static_cast<const amqp_basic_ack_t*>(method.decoded);
            return confirmed(ack.delivery_tag, ack.multiple != 0, true);
        }
        case AMQP_BASIC_NACK_METHOD: {
            const auto& nack = *static_cast<const amqp_basic_nack_t*>(method.decoded);
            return confirmed(nack.delivery_tag, nack.multiple != 0, false);
        }
        case AMQP_BASIC_DELIVER_METHOD:
        case AMQP_BASIC_RETURN_METHOD: back_.add(frame); return;
        case AMQP_CHANNEL_CLOSE_METHOD: return closed(connection_.closed(frame.channel, method));
        case AMQP_CONNECTION_BLOCKED_METHOD:
            return block(view_of(static_cast<const amqp_connection_blocked_t*>(method.decoded)->reason));
        case AMQP_CONNECTION_UNBLOCKED_METHOD: return block({});
        default: return;
    }
}

void Publisher::block(std::string_view why) {
    blocked_ = !why.empty();
    told_(why);
}

void Publisher::answer(Sent& sent, Outcome outcome, std::string_view text) {
    if (std::exchange(sent.answered, true)) return;
    // It may send another letter, and so must not find this one here.
    const auto done = std::move(sent.letter.done);
    done(outcome, text);
}

void Publisher::confirmed(std::uint64_t tag, bool multiple, bool held) {
    if (tag < first_tag_ || tag - first_tag_ >= sent_.size()) return;
    const std::size_t last = tag - first_tag_;
    for (std::size_t i = multiple ? 0 : last; i <= last; ++i) {
        Sent& sent = sent_[i];
        if (!held) answer(sent, Outcome::refused, "the server has refused it: the queue is full, or has failed");
        else if (sent.returned) answer(sent, Outcome::returned, sent.why);
        else answer(sent, Outcome::confirmed, {});
    }
    for (; !sent_.empty() && sent_.front().answered; ++first_tag_) sent_.pop_front();
}

// What comes back comes before its confirmation, and in the order in which it was sent.
void Publisher::returned() {
    const auto& method = *static_cast<const amqp_basic_return_t*>(back_.method().decoded);
    const amqp_basic_properties_t& properties = back_.properties();
    const std::string id(view_of(properties.message_id));
    for (Sent& sent : sent_) {
        if (sent.answered || sent.returned || sent.letter.key != view_of(method.routing_key) ||
            sent.letter.exchange != view_of(method.exchange) || sent.letter.properties.id() != id)
            continue;
        sent.returned = true;
        sent.why = view_of(method.reply_text);
        break;
    }
    static_cast<void>(back_.take_body());
}

// "message size 150 is larger than configured max size 100": that one is known by its size.
void Publisher::closed(const ChannelClosed& why) {
    if (const std::size_t at = why.text.find(too_large_text); at != why.text.npos) {
        std::uint64_t most = 0;
        const char* const digits = why.text.data() + at + too_large_text.size();
        std::from_chars(digits, why.text.data() + why.text.size(), most);
        const std::string text =
            "it is too large: the server takes messages of up to " + std::to_string(most) + " bytes";
        for (Sent& sent : sent_) {
            if (most != 0 && sent.letter.body.size() > most) answer(sent, Outcome::too_large, text);
        }
    }
    if (why.code == AMQP_NOT_FOUND) {
        for (Sent& sent : sent_) {
            if (why.text.find("'" + sent.letter.exchange + "'") != why.text.npos)
                answer(sent, Outcome::no_exchange, why.text);
        }
    }
    throw broker::Lost{why.text};
}

}  // namespace flowrun::amqp
