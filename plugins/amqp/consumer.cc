#include "consumer.hh"

#include <algorithm>
#include <iterator>
#include <utility>

namespace flowrun::amqp {
namespace {

constexpr amqp_channel_t messages = 1, errands = 2, signs = 3;
constexpr std::string_view sign = "busy";
constexpr std::int64_t longest_change = 20'000'000;  // nanoseconds

// What an operator should know of a channel that the server has closed.
std::string why_of(const ChannelClosed& closed) {
    if (closed.text.find("delivery acknowledgement") == closed.text.npos) return closed.text;
    return closed.text +
           "; a handler took longer than the server's consumer_timeout: make that longer, or the handler shorter";
}

}  // namespace

Consumer::Consumer(const Server& server, std::string_view name, std::string_view queue, Now now, Take take)
    : connection_(server, name), clerk_(connection_, errands), queue_(queue), now_(std::move(now)),
      take_(std::move(take)) {
    connection_.open(messages);
    connection_.open(signs);
}

void Consumer::consume(std::size_t prefetch, bool alone) {
    wanted_ = prefetch;
    alone_ = alone;
    change_by_ = now_() + longest_change;
    if (tag_.empty()) change();
}

// True: answers wait for it.
bool Consumer::waits_to_change() {
    if (!changing()) return false;
    if (!full() && now_() < change_by_) return true;
    if (full() || wanted_ == 0) change();
    else wanted_ = limit_;
    return false;
}

bool Consumer::waits_for_company() const {
    return !acks_.empty() && requeues_.empty() && rejects_.empty() && acks_.size() < few_acks && !full() &&
           limit_ != 0 && now_() < ack_by_;
}

std::int64_t Consumer::patience() const {
    std::int64_t until = connection_.patience();
    if (!sent_.empty() && asked_.empty()) until = std::clamp<std::int64_t>(next_ask_ - now_(), 0, until);
    if (!acks_.empty()) until = std::clamp<std::int64_t>(ack_by_ == never ? 0 : ack_by_ - now_(), 0, until);
    if (!changing()) return until;
    return std::clamp<std::int64_t>(change_by_ - now_(), 0, until);
}

// The limit of a consumer is that with which it began: another one takes its place. Nothing here waits for an answer.
void Consumer::change() {
    if (!tag_.empty()) {
        amqp_basic_cancel_t cancel{bytes_of(tag_), 1};
        connection_.send(messages, AMQP_BASIC_CANCEL_METHOD, &cancel);
        tag_.clear();
    }
    limit_ = wanted_;
    first_tag_ = delivered_ + 1;
    of_it_ = 0;
    if (limit_ == 0) return;
    tag_ = std::to_string(++consumers_);
    amqp_basic_qos_t limit{0, static_cast<std::uint16_t>(limit_), 0};
    connection_.send(messages, AMQP_BASIC_QOS_METHOD, &limit);
    amqp_basic_consume_t consume{};
    consume.queue = bytes_of(queue_);
    consume.consumer_tag = bytes_of(tag_);
    consume.exclusive = alone_ ? 1 : 0;
    consume.nowait = 1;
    connection_.send(messages, AMQP_BASIC_CONSUME_METHOD, &consume);
}

void Consumer::count() {
    amqp_queue_declare_t ask{};
    ask.queue = bytes_of(queue_);
    ask.passive = 1;
    connection_.send(messages, AMQP_QUEUE_DECLARE_METHOD, &ask);
}

void Consumer::show_busy(bool is) {
    if (is) {
        const std::string queue = busy_of(queue_);
        amqp_basic_consume_t consume{};
        consume.queue = bytes_of(queue);
        consume.consumer_tag = bytes_of(sign);
        consume.nowait = 1;
        connection_.send(signs, AMQP_BASIC_CONSUME_METHOD, &consume);
    } else {
        amqp_basic_cancel_t cancel{bytes_of(sign), 1};
        connection_.send(signs, AMQP_BASIC_CANCEL_METHOD, &cancel);
    }
}

void Consumer::work() {
    send_answers();
    read();
}

void Consumer::send_answers() {
    if (waits_to_change() || waits_for_company()) return;
    send_acks();
    send_nacks(requeues_, true);
    send_nacks(rejects_, false);
    ask_for_noting();
}

// As one where no earlier one is out.
void Consumer::send_acks() {
    if (acks_.empty()) return;
    std::sort(acks_.begin(), acks_.end(), [](const Answer& a, const Answer& b) { return a.tag < b.tag; });
    std::size_t at = 0;
    std::uint64_t together = 0;
    for (; at < acks_.size() && !out_.empty() && *out_.begin() == acks_[at].tag; ++at) {
        together = acks_[at].tag;
        forget(together);
    }
    if (together != 0) connection_.check(amqp_basic_ack(connection_.state(), messages, together, 1));
    for (; at < acks_.size(); ++at) {
        if (!out_.contains(acks_[at].tag)) continue;
        forget(acks_[at].tag);
        connection_.check(amqp_basic_ack(connection_.state(), messages, acks_[at].tag, 0));
    }
    settled_ += acks_.size();
    for (Answer& one : acks_) sent_.push_back(std::move(one.done));
    acks_.clear();
}

void Consumer::forget(std::uint64_t tag) {
    if (out_.erase(tag) != 0 && tag >= first_tag_) --of_it_;
}

// In the order in which they came: each goes back to where it was.
void Consumer::send_nacks(std::vector<Answer>& answers, bool requeue) {
    if (answers.empty()) return;
    std::sort(answers.begin(), answers.end(), [](const Answer& a, const Answer& b) { return a.tag < b.tag; });
    for (Answer& one : answers) {
        if (out_.contains(one.tag))
            connection_.check(amqp_basic_nack(connection_.state(), messages, one.tag, 0, requeue ? 1 : 0));
        forget(one.tag);
        sent_.push_back(std::move(one.done));
    }
    answers.clear();
}

// AMQP has no answer to an ack. A channel answers in order, and this order has one and changes nothing.
void Consumer::ask_for_noting() {
    if (sent_.empty() || !asked_.empty() || (consumes() && now_() < next_ask_)) return;
    next_ask_ = now_() + between_asks;
    asked_.swap(sent_);
    amqp_channel_flow_t on{1};
    connection_.send(messages, AMQP_CHANNEL_FLOW_METHOD, &on);
}

void Consumer::noted() {
    for (const Done& done : std::exchange(asked_, {})) done();
    ask_for_noting();
}

void Consumer::read() {
    for (amqp_frame_t frame{}; connection_.next(frame);) {
        heard(frame);
        if (content_.empty()) connection_.release(frame.channel);
    }
}

void Consumer::heard(const amqp_frame_t& frame) {
    if (frame.frame_type != AMQP_FRAME_METHOD) {
        if (frame.channel == messages && content_.add(frame)) deliver();
        return;
    }
    const amqp_method_t& method = frame.payload.method;
    switch (method.id) {
        case AMQP_BASIC_DELIVER_METHOD: content_.add(frame); return;
        case AMQP_CHANNEL_FLOW_OK_METHOD: return noted();
        case AMQP_QUEUE_DECLARE_OK_METHOD:
            return counted(static_cast<const amqp_queue_declare_ok_t*>(method.decoded)->message_count);
        case AMQP_BASIC_CANCEL_METHOD:
            throw broker::Lost{"the queue '" + queue_ + "' was deleted, or has lost its leader"};
        case AMQP_CHANNEL_CLOSE_METHOD: throw broker::Lost{why_of(connection_.closed(frame.channel, method))};
        default: return;
    }
}

void Consumer::deliver() {
    Delivery one = content_.delivery();
    out_.insert(one.tag);
    ++delivered_;
    ++of_it_;
    was_full_ = was_full_ || full();
    take_(std::move(one));
}

}  // namespace flowrun::amqp
