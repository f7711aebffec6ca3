#include "intake.hh"

#include <flowrun/cxx/queue.hh>

#include <algorithm>
#include <utility>

namespace flowrun::amqp {
namespace {

using namespace sdk;

constexpr std::int64_t millisecond = 1'000'000, second = 1'000 * millisecond;
constexpr std::int64_t longest_pause = 5 * second;

std::string_view code_name(Status status) {
    switch (status) {
        case Status::invalid: return "invalid";
        case Status::timeout: return "timeout";
        case Status::cancelled: return "cancelled";
        case Status::unavailable: return "unavailable";
        case Status::overflow: return "overflow";
        case Status::permanent: return "permanent";
        case Status::internal: return "internal";
        default: return "failed";
    }
}

}  // namespace

Intake::Intake(Node node, Settings settings) : node_(node), settings_(std::move(settings)), builder_(node.values()) {}

void Intake::run(Call call) {
    call_ = &call;
    try {
        connect();
        if (!consumer_->clerk().waiting(settings_.queue))
            throw Failure(Status::unavailable,
                          settings_.server.name() + ": there is no queue '" + settings_.queue + "'");
        consumer_->consume(settings_.prefetch);
    } catch (const broker::Lost& lost) {
        throw Failure(Status::unavailable, settings_.server.name() + ": " + lost.text);
    } catch (const QueueError& error) {
        throw Failure(static_cast<Status>(error.status), settings_.server.name() + ": " + error.text);
    }
    do {
        try {
            turn();
        } catch (const broker::Lost& lost) { lose(lost.text); } catch (const QueueError& error) {
            lose(error.text);
        } catch (const ChannelClosed& closed) { lose(closed.text); }
        if (is_through()) break;
        wait();
    } while (true);
    consumer_.reset();
    publisher_.reset();
    call_ = nullptr;
}

void Intake::turn() {
    if (!stopping_ && is_error(call_->stopping())) {
        stopping_ = true;
        if (consumer_) consumer_->consume(0);
    }
    hear();
    if (!connected()) return;
    give_back_in_time();
    consumer_->work();
    if (publisher_) publisher_->work();
    consumer_->send_answers();
}

// --- the connection ---

void Intake::connect() {
    ++connection_;
    consumer_ = std::make_unique<Consumer>(
        settings_.server, std::string("flowrun ") + node_.name(), settings_.queue, [this] { return node_.now(); },
        [this](Delivery&& delivery) { take(std::move(delivery)); });
    consumer_->counted = [](std::uint64_t) {};
}

bool Intake::connected() {
    if (consumer_) return true;
    if (stopping_ || node_.now() < next_try_) return false;
    pause_ = std::clamp(pause_ * 2, 50 * millisecond, longest_pause);
    next_try_ = node_.now() + pause_;
    connect();
    consumer_->consume(settings_.prefetch);
    node_.log(Level::info, settings_.server.name() + ": connected again");
    return true;
}

void Intake::lose(const std::string& why) {
    if (consumer_ || pause_ <= 50 * millisecond)
        node_.log(Level::warn,
                  settings_.server.name() + ": " + why + "; trying again, and what was not acked comes again");
    // What has worked for a while may be tried again at once.
    if (consumer_ && consumer_->delivered() != 0) pause_ = 0;
    consumer_.reset();
    publisher_.reset();
    held_.clear();
    unanswered_ = 0;
    next_try_ = std::max(next_try_, node_.now() + pause_);
}

// --- into the flow ---

void Intake::take(Delivery&& delivery) {
    auto message = std::make_unique<Message>(
        Message{*this, connection_, delivery.tag, deliveries_of(*delivery.properties),
                std::string(reply_to_of(*delivery.properties)), std::string(correlation_of(*delivery.properties))});
    if (settings_.ack_at_once) consumer_->ack(delivery.tag, [] {});
    else ++unanswered_;
    Value value;
    try {
        build_message(builder_, delivery, settings_.format);
        value = builder_.finish();
        if (!value) throw Failure(Status::invalid, "the message has a name or text that is not UTF-8");
    } catch (const Failure& failure) {
        static_cast<void>(builder_.finish());
        (void)call_->raise(failure, builder_.bytes(delivery.body).finish());
        message->status = failure.code();
        message->error = failure.what();
        return refuse(std::move(message));
    }
    flowrun_meta meta{};
    meta.size = sizeof meta;
    const std::string_view trace = header_of(*delivery.properties, "traceparent");
    meta.traceparent = trace.empty() ? nullptr : trace.data();
    meta.traceparent_size = trace.size();
    ++in_flow_;
    const Status status = call_->emit_async(0, value, &meta, &Intake::done, message.get());
    if (!is_error(status)) return (void)message.release();
    --in_flow_;
    message->status = status;
    answer(std::move(message));
}

void Intake::done(void* user, std::int32_t status, const flowrun_value* reply, const flowrun_error* error) {
    std::unique_ptr<Message> message(static_cast<Message*>(user));
    Intake& intake = message->intake;
    message->status = static_cast<Status>(status);
    if (reply != nullptr) message->reply = Value(intake.node_.values(), reply).keep();
    if (error != nullptr) message->error = std::string(error->message, error->message_size);
    // Under the lock: once the last of them is back this may end.
    const std::scoped_lock lock(intake.mutex_);
    intake.back_.push_back(std::move(message));
    intake.wake_.set();
}

// --- answers ---

void Intake::hear() {
    std::vector<std::unique_ptr<Message>> back;
    {
        const std::scoped_lock lock(mutex_);
        back.swap(back_);
    }
    in_flow_ -= back.size();
    for (std::unique_ptr<Message>& message : back) answer(std::move(message));
}

void Intake::answer(std::unique_ptr<Message> message) {
    if (is_error(message->status)) return refuse(std::move(message));
    if (!message->reply_to.empty()) {
        const Value reply = message->reply.get();
        Body body = reply ? body_of(reply) : Body{"null", "application/json"};
        return send_reply(std::move(message), std::move(body), {}, false);
    }
    if (!settings_.ack_at_once && consumer_ && message->connection == connection_)
        consumer_->ack(message->tag, [this] { --unanswered_; });
}

bool Intake::requeues(const Message& message) const {
    if (message.status == Status::cancelled) return true;
    if (settings_.on_failure != OnFailure::automatic) return settings_.on_failure == OnFailure::requeue;
    const bool useless =
        message.status == Status::invalid || message.status == Status::permanent || message.status == Status::internal;
    return !useless && message.deliveries + 1 < settings_.deliveries;
}

void Intake::refuse(std::unique_ptr<Message> message) {
    const bool is_here = consumer_ && message->connection == connection_;
    if (!settings_.ack_at_once && requeues(*message)) {
        if (!is_here) return;
        const bool at_once = stopping_ || message->status == Status::cancelled;
        held_.emplace(at_once ? 0 : node_.now() + settings_.requeue_after, message->tag);
        return;
    }
    if (!message->reply_to.empty()) {
        builder_.map().key("error").map().key("code").string(code_name(message->status));
        Body body = body_of(builder_.key("message").string(message->error).end().end().finish());
        const std::string_view code = code_name(message->status);
        return send_reply(std::move(message), std::move(body), code, true);
    }
    if (!settings_.ack_at_once && is_here) consumer_->reject(message->tag, [this] { --unanswered_; });
}

// Held by the server, or nobody waits for it any more: then the message is answered for.
void Intake::send_reply(std::unique_ptr<Message> message, Body body, std::string_view error, bool rejects) {
    if (!consumer_) return;
    if (!publisher_) {
        publisher_ = std::make_unique<Publisher>(settings_.server, std::string("flowrun replies of ") + node_.name(),
                                                 [](std::string_view) {});
    }
    struct Reply {
        std::unique_ptr<Message> to;
        std::string body;
    };
    const auto reply = std::make_shared<Reply>(Reply{std::move(message), std::move(body.bytes)});
    Letter letter;
    letter.key = reply->to->reply_to;
    letter.properties.content_type(body.type);
    letter.properties.correlation_id(reply->to->correlation);
    if (!error.empty()) letter.properties.header("flowrun-error", error);
    letter.body = reply->body;
    letter.done = [this, reply, rejects](Outcome outcome, std::string_view text) {
        if (outcome != Outcome::confirmed) node_.log(Level::info, "a reply was not taken: " + std::string(text));
        const Message& to = *reply->to;
        if (settings_.ack_at_once || !consumer_ || to.connection != connection_) return;
        if (rejects) consumer_->reject(to.tag, [this] { --unanswered_; });
        else consumer_->ack(to.tag, [this] { --unanswered_; });
    };
    publisher_->send(std::move(letter));
}

void Intake::give_back_in_time() {
    const std::int64_t now = node_.now();
    while (!held_.empty() && (stopping_ || held_.begin()->first <= now)) {
        consumer_->requeue(held_.begin()->second, [this] { --unanswered_; });
        held_.erase(held_.begin());
    }
}

bool Intake::is_through() const {
    if (!stopping_ || in_flow_ != 0) return false;
    if (!consumer_) return true;
    return unanswered_ == 0 && !consumer_->consumes() && !consumer_->changing() && (!publisher_ || publisher_->idle());
}

void Intake::wait() {
    std::vector<pollfd> fds{{wake_.descriptor(), POLLIN, 0}};
    const std::int64_t now = node_.now();
    std::int64_t left = 60 * second;
    if (consumer_) {
        fds.push_back(consumer_->waits_for());
        left = std::min(left, consumer_->patience());
        if (publisher_) {
            fds.push_back(publisher_->waits_for());
            left = std::min(left, publisher_->patience());
        }
        if (!held_.empty()) left = std::min(left, held_.begin()->first - now);
    } else if (!stopping_) {
        left = std::min(left, next_try_ - now);
    }
    left = std::max<std::int64_t>(left, 0);
    ::poll(fds.data(), fds.size(), static_cast<int>((left + millisecond - 1) / millisecond));
    if (fds[0].revents != 0) wake_.clear();
}

}  // namespace flowrun::amqp
