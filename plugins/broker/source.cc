#include "source.hh"

#include <flowrun/ext/source.h>
#include <flowrun/cxx/queue.hh>

#include <algorithm>
#include <utility>

namespace flowrun::broker {
namespace {

using namespace sdk;

constexpr std::int64_t millisecond = 1'000'000, second = 1'000 * millisecond;
constexpr std::int64_t long_enough = 10 * second;  // for a connection to count as one that works

}  // namespace

Source::Settings Source::settings_in(Value settings, std::string server) {
    Settings out{std::move(server)};
    out.prefetch = static_cast<std::size_t>(settings["prefetch"].unsigned_integer().value_or(out.prefetch));
    out.ack_at_once = settings["ack"].string() == "received";
    const auto on_failure = settings["on_failure"].string().value_or("");
    out.on_failure = on_failure == "requeue"  ? OnFailure::requeue
                     : on_failure == "reject" ? OnFailure::reject
                                              : OnFailure::automatic;
    out.requeue_after = settings["requeue_after"].integer().value_or(out.requeue_after);
    out.deliveries = settings["deliveries"].unsigned_integer().value_or(out.deliveries);
    return out;
}

Source::Source(Node node, Settings settings, Connect connect)
    : node_(node), settings_(std::move(settings)), connect_(std::move(connect)), builder_(node.values()) {
    if (const auto* source = node.extension<flowrun_source>(FLOWRUN_SOURCE_ID)) {
        source->endless(node.raw());
        source->answers(node.raw());
    }
}

Status Source::run(Call call) {
    call_ = &call;
    try {
        backoff_.tries(node_.now());
        connect();
    } catch (const Lost& lost) {
        throw Failure(Status::unavailable, settings_.server + ": " + lost.text);
    } catch (const QueueError& error) {
        throw Failure(static_cast<Status>(error.status), settings_.server + ": " + error.text);
    }
    do {
        try {
            turn();
            if (is_through()) break;
            wait();
        } catch (const Lost& lost) { lose(lost.text); } catch (const QueueError& error) {
            lose(error.text);
        }
    } while (true);
    feed_.reset();
    call_ = nullptr;
    return Status::ok;
}

void Source::turn() {
    hear();
    if (!stopping_ && is_error(call_->stopping())) {
        stopping_ = true;
        if (feed_) feed_->stop();
    }
    if (!connected()) return;
    renew_in_time();
    const bool has_room = !stopping_ && in_flow_ < settings_.prefetch;
    feed_->turn(has_room ? settings_.prefetch - in_flow_ : 0);
}

// --- the connection ---

void Source::connect() {
    feed_ = connect_(*this);
    outlives_ = feed_->leases_outlive_it();
    ++connection_;
    arrived_ = 0;
}

bool Source::connected() {
    if (feed_) return true;
    if (stopping_ || !backoff_.is_due(node_.now())) return false;
    backoff_.tries(node_.now());
    connect();
    node_.log(Level::info, settings_.server + ": connected again");
    return true;
}

// What was not answered comes again; where leases outlive a connection it can be answered by the next.
void Source::lose(const std::string& why) {
    const std::int64_t now = node_.now();
    if (feed_) {
        const bool again = feed_->gives_again();
        node_.log(Level::warn, settings_.server + ": " + why + "; trying again" +
                                   (again ? ", and what was not acked comes again" : ""));
        if (arrived_ != 0 || now - backoff_.next() > long_enough) backoff_.works();
        if (!outlives_) leased_.clear();
    }
    feed_.reset();
    replying_.clear();
    backoff_.lost(now);
}

// --- into the flow ---

void Source::take(Arrival&& arrival, std::string_view body, const std::function<void(Build&)>& build) {
    ++arrived_;
    auto message = std::make_unique<Message>(Message{*this, std::move(arrival), connection_});
    if (feed_->lease() != 0) message->lease_until = node_.now() + feed_->lease();
    message->settled = !feed_->gives_again();
    if (settings_.ack_at_once && !message->settled) {
        settle(*message, Answer::ack);
        message->settled = true;
    }
    Value value;
    try {
        build(builder_);
        value = builder_.finish();
        if (!value) throw Failure(Status::invalid, "the message has a name or text that is not UTF-8");
    } catch (const Failure& failure) {
        static_cast<void>(builder_.finish());
        (void)call_->raise(failure, builder_.bytes(body).finish());
        message->status = failure.code();
        message->error = failure.what();
        return answer(std::move(message));
    }
    send_on(std::move(message), value);
}

void Source::send_on(std::unique_ptr<Message> message, Value value) {
    flowrun_meta meta{};
    meta.size = sizeof meta;
    const std::string& trace = message->arrival.traceparent;
    meta.traceparent = trace.empty() ? nullptr : trace.data();
    meta.traceparent_size = trace.size();
    ++in_flow_;
    if (!message->settled && message->lease_until != Feed::never) leased_.insert(message.get());
    const Status status = settings_.ack_at_once
                              ? call_->emit_async(0, value, &meta, &Source::done, message.get())
                              : delivered_.emit(*call_, 0, value, &meta, &Source::done, message.get());
    if (!is_error(status)) return (void)message.release();
    --in_flow_;
    message->status = status;
    if (const auto error = call_->last_error()) message->error = error->message();
    answer(std::move(message));
}

void Source::done(void* user, std::int32_t status, const flowrun_value* reply, const flowrun_error* error) {
    std::unique_ptr<Message> message(static_cast<Message*>(user));
    Source& source = message->source;
    message->status = static_cast<Status>(status);
    if (reply != nullptr) message->reply = Value(source.node_.values(), reply).keep();
    if (error != nullptr) message->error = std::string(error->message, error->message_size);
    // Under the lock: once the last of them is back this may end.
    const std::scoped_lock lock(source.mutex_);
    source.back_.push_back(std::move(message));
    source.wake_.set();
}

// --- answers ---

// Without a connection, what the next one can still answer waits for it.
void Source::hear() {
    std::vector<std::unique_ptr<Message>> back;
    {
        const std::scoped_lock lock(mutex_);
        back.swap(back_);
    }
    in_flow_ -= back.size();
    for (std::unique_ptr<Message>& message : back) {
        leased_.erase(message.get());
        heard_.push_back(std::move(message));
    }
    while (!heard_.empty() && (feed_ || !outlives_)) {
        std::unique_ptr<Message> message = std::move(heard_.front());
        heard_.pop_front();
        if (feed_) answer(std::move(message));
    }
}

void Source::answer(std::unique_ptr<Message> message) {
    leased_.erase(message.get());
    const bool failed = is_error(message->status);
    if (failed && requeues(*message)) return settle(*message, Answer::requeue);
    if (!message->arrival.reply_to.empty()) return send_reply(std::move(message));
    settle(*message, failed ? Answer::reject : Answer::ack);
}

bool Source::requeues(const Message& message) const {
    if (message.settled) return false;
    if (message.status == Status::cancelled) return true;
    if (settings_.on_failure != OnFailure::automatic) return settings_.on_failure == OnFailure::requeue;
    const bool useless =
        message.status == Status::invalid || message.status == Status::permanent || message.status == Status::internal;
    return !useless && message.arrival.deliveries < settings_.deliveries;
}

void Source::settle(const Message& message, Answer answer) {
    const bool is_ours = message.connection == connection_ || outlives_;
    if (message.settled || !is_ours) return;
    if (node_.now() >= message.lease_until)
        return node_.log(Level::warn, "a message took longer than its lease, and is given out again");
    const bool at_once = stopping_ || message.status == Status::cancelled;
    feed_->settle(message.arrival.handle, answer, at_once ? 0 : settings_.requeue_after);
}

// The message is settled when the server has its reply.
void Source::send_reply(std::unique_ptr<Message> message) {
    const bool failed = is_error(message->status);
    Reply reply{message->arrival.reply_to, message->arrival.correlation,
                failed ? error_body(builder_, message->status, message->error) : body_of(message->reply.get()),
                failed ? code_of(message->status) : std::string_view()};
    const auto [replying, added] = replying_.emplace(
        ++last_reply_, Replying{std::move(message), std::move(reply), failed ? Answer::reject : Answer::ack});
    feed_->reply(replying->first, replying->second.reply);
}

void Source::replied(std::uint64_t name) {
    const auto replying = replying_.extract(name);
    if (!replying.empty()) settle(*replying.mapped().message, replying.mapped().then);
}

void Source::renew_in_time() {
    const std::int64_t now = node_.now();
    if (leased_.empty() || now < next_renewal_) return;
    const std::int64_t lease = feed_->lease();
    next_renewal_ = now + lease / 3;
    std::vector<Handle> handles;
    for (Message* const message : leased_) {
        if (now >= message->lease_until) continue;  // it is over, and stays so
        message->lease_until = now + lease;
        handles.push_back(message->arrival.handle);
    }
    if (!handles.empty()) feed_->renew(handles);
}

bool Source::is_through() const {
    return stopping_ && in_flow_ == 0 && (!feed_ || (replying_.empty() && feed_->is_quiet()));
}

void Source::wait() {
    std::vector<pollfd> fds{{wake_.descriptor(), POLLIN, 0}};
    const std::int64_t now = node_.now();
    std::int64_t left = 60 * second;
    if (feed_) {
        feed_->wait_for(fds);
        left = std::min(left, feed_->patience());
        if (!leased_.empty()) left = std::min(left, next_renewal_ - now);
    } else if (!stopping_) {
        left = std::min(left, backoff_.next() - now);
    }
    left = std::max<std::int64_t>(left, 0);
    const int ready = ::poll(fds.data(), fds.size(), static_cast<int>((left + millisecond - 1) / millisecond));
    if (ready <= 0) return;
    if (fds[0].revents != 0) wake_.clear();
    fds.erase(fds.begin());
    const auto is_ready = [](const pollfd& one) { return one.revents != 0; };
    if (feed_ && std::any_of(fds.begin(), fds.end(), is_ready)) feed_->ready(fds);
}

}  // namespace flowrun::broker
