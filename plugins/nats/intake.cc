#include "intake.hh"

#include <flowrun/cxx/queue.hh>

#include <poll.h>

#include <algorithm>
#include <utility>

#include "api.hh"
#include "broker/session.hh"
#include "letter.hh"

namespace flowrun::nats {
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

Intake::Link::Link(const Settings& settings) : connection(settings.url) {
    if (settings.stream.empty()) connection.listen(settings.subject, settings.group);
    else pull = std::make_unique<Pull>(connection, exchange, settings.stream, settings.consumer);
}

Intake::Intake(Node node, Settings settings)
    : node_(node), settings_(std::move(settings)), server_(settings_.url.server(default_port)),
      builder_(node.values()) {}

void Intake::run(Call call) {
    call_ = &call;
    try {
        connect();
    } catch (const broker::Lost& lost) {
        throw Failure(Status::unavailable, server_ + ": " + lost.text);
    } catch (const QueueError& error) { throw Failure(static_cast<Status>(error.status), server_ + ": " + error.text); }
    do {
        try {
            turn();
        } catch (const broker::Lost& lost) { lose(lost.text); } catch (const QueueError& error) {
            lose(error.text);
        }
        if (is_through()) break;
        wait();
    } while (true);
    link_.reset();
    call_ = nullptr;
}

void Intake::turn() {
    hear_flow();
    if (!stopping_ && is_error(call_->stopping())) stopping_ = true;
    if (!connected()) return;
    if (stopping_) stop();
    Link& link = *link_;
    const std::int64_t now = node_.now();
    while (of_stream() || in_flow_ < settings_.prefetch) {
        const Msg msg = link.connection.next_pulled();
        if (!msg) break;
        take(msg);
    }
    if (link.connection.dropped())
        node_.log(Level::warn, "the flow is too slow for the subject: some of its messages were thrown away");
    link.exchange.hear(now);
    link.exchange.check(now);
    renew();
    if (link.pull) {
        link.pull->check(now);
        const std::size_t has = in_flow_ + unanswered_;
        if (!stopping_ && has < settings_.prefetch) link.pull->ask(settings_.prefetch - has, now);
    }
    link.connection.flush();
}

// --- the connection ---

void Intake::connect() {
    link_ = std::make_unique<Link>(settings_);
    if (!of_stream()) return;
    const broker::Json info =
        call(link_->connection, "CONSUMER.INFO." + settings_.stream + "." + settings_.consumer, {});
    const broker::Json& config = info["config"];
    if (config.has("deliver_subject"))
        throw QueueError{FLOWRUN_E_INVALID, "'" + settings_.consumer + "' is a push consumer, and no pull consumer"};
    if (!leases_) leases_ = std::make_unique<broker::Leases>(std::max(config["ack_wait"].whole(), millisecond));
}

bool Intake::connected() {
    if (link_) return true;
    if (stopping_ || node_.now() < next_try_) return false;
    pause_ = std::clamp(pause_ * 2, 50 * millisecond, longest_pause);
    next_try_ = node_.now() + pause_;
    connect();
    pause_ = 0;
    node_.log(Level::info, server_ + ": connected again");
    return true;
}

void Intake::lose(const std::string& why) {
    if (link_) node_.log(Level::warn, server_ + ": " + why + "; trying again");
    link_.reset();
    unanswered_ = 0;
    next_try_ = std::max(next_try_, node_.now() + pause_);
}

void Intake::stop() {
    if (link_->pull) {
        if (!link_->pull->stops()) link_->pull->stop([this] { return node_.now(); }, [this] { link_->stopped = true; });
    } else if (!link_->stopped) {
        link_->connection.stop_pulling();
        link_->stopped = true;
    }
}

void Intake::renew() {
    const std::int64_t now = node_.now();
    if (!leases_ || now < next_renewal_) return;
    next_renewal_ = now + leases_->length() / 3;
    for (const std::string& reply : held_) {
        if (leases_->renew(reply, now)) link_->connection.publish(reply, {}, "+WPI");
    }
}

// --- into the flow ---

void Intake::take(const Msg& msg) {
    const Delivery delivery = of_stream() ? delivery_of(reply_of(msg)) : Delivery{};
    if (of_stream() && delivery.sequence == 0) return link_->pull->told(msg, node_.now());
    auto message = std::make_unique<Message>(Message{*this, std::string(reply_of(msg)), delivery.count});
    if (of_stream()) {
        link_->pull->took();
        leases_->begin(message->reply, node_.now());
        if (settings_.ack_at_once) settle(message->reply, "+ACK");
        else held_.insert(message->reply);
    }
    Value value;
    ++in_flow_;
    try {
        build_message(builder_, msg, settings_.format);
        value = builder_.finish();
        if (!value) throw Failure(Status::invalid, "the message has a name or text that is not UTF-8");
    } catch (const Failure& failure) {
        static_cast<void>(builder_.finish());
        (void)call_->raise(failure, builder_.bytes(body_of(msg)).finish());
        message->status = failure.code();
        message->error = failure.what();
        --in_flow_;
        return answer(std::move(message));
    }
    flowrun_meta meta{};
    meta.size = sizeof meta;
    const std::string_view trace = header_of(msg, "traceparent");
    meta.traceparent = trace.empty() ? nullptr : trace.data();
    meta.traceparent_size = trace.size();
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
    if (reply != nullptr) message->value = Value(intake.node_.values(), reply).keep();
    if (error != nullptr) message->error = std::string(error->message, error->message_size);
    // Under the lock: once the last of them is back this may end.
    const std::scoped_lock lock(intake.mutex_);
    intake.back_.push_back(std::move(message));
    intake.wake_.set();
}

// --- answers ---

void Intake::hear_flow() {
    std::vector<std::unique_ptr<Message>> back;
    {
        const std::scoped_lock lock(mutex_);
        back.swap(back_);
    }
    in_flow_ -= back.size();
    for (std::unique_ptr<Message>& message : back) answer(std::move(message));
}

bool Intake::gives_back(const Message& message) const {
    if (message.status == Status::cancelled) return true;
    if (settings_.on_failure != OnFailure::automatic) return settings_.on_failure == OnFailure::give_back;
    const bool useless =
        message.status == Status::invalid || message.status == Status::permanent || message.status == Status::internal;
    return !useless && message.deliveries < settings_.deliveries;
}

void Intake::answer(std::unique_ptr<Message> message) {
    if (!link_) return (void)held_.erase(message->reply);
    if (of_stream()) {
        if (settings_.ack_at_once) return;
        if (!is_error(message->status)) return settle(message->reply, "+ACK");
        if (!gives_back(*message)) return settle(message->reply, "+TERM");
        const bool at_once = stopping_ || message->status == Status::cancelled;
        return settle(message->reply,
                      at_once ? "-NAK" : "-NAK {\"delay\":" + std::to_string(settings_.retry_after) + "}");
    }
    if (message->reply.empty()) return;
    if (!is_error(message->status)) {
        const Value value = message->value.get();
        return send_reply(*message, {}, value ? body_of(value) : Body{"null", "application/json"});
    }
    const std::string_view code = code_name(message->status);
    builder_.map().key("error").map().key("code").string(code);
    send_reply(*message, code, body_of(builder_.key("message").string(message->error).end().end().finish()));
}

// By the subject with which it was given out, while the lease holds; what is not answered comes again.
void Intake::settle(const std::string& reply, const std::string& how) {
    held_.erase(reply);
    const bool holds = leases_->holds(reply, node_.now());
    leases_->end(reply);
    if (!holds) return node_.log(Level::warn, "a message took longer than ack_wait, and is given out again");
    link_->connection.publish(reply, link_->exchange.reply(), how);
    ++unanswered_;
    link_->exchange.expect(node_.now(), [this](const Msg&) { --unanswered_; });
}

void Intake::send_reply(const Message& message, std::string_view code, const Body& body) {
    const Msg letter = plain_letter(message.reply, {}, body);
    if (!code.empty()) add_header(letter, "flowrun-error", code);
    if (!link_->connection.publish(letter)) node_.log(Level::warn, "a reply is larger than the server takes");
    if (unanswered_ != 0) return;
    ++unanswered_;
    link_->exchange.echo(node_.now(), [this](const Msg&) { --unanswered_; });
}

bool Intake::is_through() const {
    return stopping_ && in_flow_ == 0 && (!link_ || (link_->stopped && unanswered_ == 0));
}

void Intake::wait() {
    std::vector<pollfd> fds{{wake_.descriptor(), POLLIN, 0}};
    const std::int64_t now = node_.now();
    std::int64_t until = now + 60 * second;
    if (link_) {
        fds.push_back({link_->connection.descriptor(),
                       static_cast<short>(POLLIN | (link_->connection.wants_to_write() ? POLLOUT : 0)), 0});
        until = std::min(until, link_->exchange.deadline());
        if (link_->pull) until = std::min(until, link_->pull->due(now, true));
        if (!held_.empty()) until = std::min(until, next_renewal_);
    } else if (!stopping_) {
        until = std::min(until, next_try_);
    }
    const std::int64_t left = std::max<std::int64_t>(until - now, 0);
    ::poll(fds.data(), fds.size(), static_cast<int>((left + millisecond - 1) / millisecond));
    if (fds[0].revents != 0) wake_.clear();
    if (fds.size() < 2 || (fds[1].revents & ~POLLOUT) == 0) return;
    try {
        link_->connection.read();
    } catch (const broker::Lost& lost) { lose(lost.text); }
}

}  // namespace flowrun::nats
