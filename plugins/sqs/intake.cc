#include "intake.hh"

#include <flowrun/cxx/queue.hh>

#include <poll.h>

#include <algorithm>
#include <utility>

#include "broker/session.hh"
#include "holdings.hh"

namespace flowrun::sqs {
namespace {

using namespace sdk;

constexpr std::int64_t millisecond = 1'000'000, second = 1'000 * millisecond;
constexpr std::int64_t longest_pause = 5 * second;

std::string url_of(Service& service, const std::string& queue) {
    auto url = find_queue(service, queue);
    if (!url) throw QueueError{FLOWRUN_E_INVALID, "there is no queue '" + queue + "'"};
    return std::move(*url);
}

}  // namespace

Intake::Link::Link(Intake& intake)
    : service(
          intake.settings_.place, [&intake] { return intake.node_.now(); }, [&intake] { return intake.node_.wall(); }),
      queue(url_of(service, intake.settings_.queue)), answers(service, queue),
      receiver(
          service, Receiver::Settings{queue, intake.settings_.lease, 20, false, true},
          [&intake](const broker::Json& given) { intake.take(given); }, [] {}) {}

Intake::Intake(Node node, Settings settings)
    : node_(node), settings_(std::move(settings)), builder_(node.values()),
      leases_(Receiver::seconds(settings_.lease) * second, Holdings::longest) {}

void Intake::run(Call call) {
    call_ = &call;
    try {
        connect();
    } catch (const broker::Lost& lost) {
        throw Failure(Status::unavailable, settings_.place.name() + ": " + lost.text);
    } catch (const QueueError& error) {
        throw Failure(static_cast<Status>(error.status), settings_.place.name() + ": " + error.text);
    }
    for (;;) {
        try {
            turn();
            if (is_through()) break;
            wait();
        } catch (const broker::Lost& lost) { lose(lost.text); } catch (const QueueError& error) {
            pause_ = longest_pause;  // it may be allowed again some time
            lose(error.text);
        }
        if (is_through()) break;
    }
    link_.reset();
    call_ = nullptr;
}

void Intake::turn() {
    hear_flow();
    if (!stopping_ && is_error(call_->stopping())) stopping_ = true;
    if (!connected()) return;
    Link& link = *link_;
    if (stopping_ && !std::exchange(link.stopped, true)) link.receiver.stop();
    link.service.work();
    renew();
    if (!stopping_ && in_flow_ < settings_.prefetch) link.receiver.fetch(settings_.prefetch - in_flow_);
    link.answers.flush();
}

// --- the connection ---

bool Intake::connected() {
    if (link_) return true;
    if (stopping_ || node_.now() < next_try_) return false;
    pause_ = std::clamp(pause_ * 2, 50 * millisecond, longest_pause);
    next_try_ = node_.now() + pause_;
    connect();
    pause_ = 0;
    node_.log(Level::info, settings_.place.name() + ": connected again");
    return true;
}

void Intake::lose(const std::string& why) {
    if (link_) node_.log(Level::warn, settings_.place.name() + ": " + why + "; trying again");
    link_.reset();
    next_try_ = std::max(next_try_, node_.now() + pause_);
}

void Intake::renew() {
    const std::int64_t now = node_.now();
    if (now < next_renewal_) return;
    next_renewal_ = now + leases_.length() / 3;
    for (const std::string& receipt : held_) {
        if (leases_.renew(receipt, now)) link_->answers.show_again(receipt, leases_.length() / second);
    }
}

// --- into the flow ---

void Intake::take(const broker::Json& given) {
    const auto one = delivered(given);
    if (!one) return;
    if (stopping_) return link_->answers.show_again(one->receipt, 0);
    auto message = std::make_unique<Message>(Message{*this, one->receipt, one->times});
    leases_.begin(message->receipt, node_.now());
    if (settings_.ack_at_once) remove(message->receipt);
    else held_.insert(message->receipt);
    Value value;
    ++in_flow_;
    try {
        build_message(builder_, given, settings_.format);
        value = builder_.finish();
        if (!value) throw Failure(Status::invalid, "the message has a name or text that is not UTF-8");
    } catch (const Failure& failure) {
        static_cast<void>(builder_.finish());
        (void)call_->raise(failure, builder_.string(given["Body"].text()).finish());
        message->status = failure.code();
        --in_flow_;
        return answer(std::move(message));
    }
    flowrun_meta meta{};
    meta.size = sizeof meta;
    const std::string& trace = given["MessageAttributes"]["traceparent"]["StringValue"].text();
    meta.traceparent = trace.empty() ? nullptr : trace.data();
    meta.traceparent_size = trace.size();
    const Status status = call_->emit_async(0, value, &meta, &Intake::done, message.get());
    if (!is_error(status)) return (void)message.release();
    --in_flow_;
    message->status = status;
    answer(std::move(message));
}

void Intake::done(void* user, std::int32_t status, const flowrun_value*, const flowrun_error*) {
    std::unique_ptr<Message> message(static_cast<Message*>(user));
    Intake& intake = message->intake;
    message->status = static_cast<Status>(status);
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

// While the lease holds; what is not answered comes again.
void Intake::answer(std::unique_ptr<Message> message) {
    if (settings_.ack_at_once) return;
    held_.erase(message->receipt);
    const bool holds = leases_.holds(message->receipt, node_.now());
    leases_.end(message->receipt);
    if (!link_) return;
    if (!holds) return node_.log(Level::warn, "a message took longer than its lease, and is given out again");
    if (!is_error(message->status)) return remove(message->receipt);
    if (message->status == Status::cancelled) return link_->answers.show_again(message->receipt, 0);
    switch (settings_.on_failure) {
        case OnFailure::leave: return;
        case OnFailure::give_up: return remove(message->receipt);
        case OnFailure::retry: break;
    }
    const std::uint64_t doubled = std::min<std::uint64_t>(message->deliveries - 1, 30);
    const std::int64_t after = settings_.retry_after > settings_.longest_retry >> doubled
                                   ? settings_.longest_retry
                                   : settings_.retry_after << doubled;
    link_->answers.show_again(message->receipt, after == 0 ? 0 : Receiver::seconds(after));
}

void Intake::remove(const std::string& receipt) {
    link_->answers.remove(receipt, [this](std::int32_t status, std::string_view text) {
        if (status == FLOWRUN_OK) return;
        node_.log(Level::warn, "a message was not deleted, and may come again: " + std::string(text));
    });
}

bool Intake::is_through() const {
    return stopping_ && in_flow_ == 0 &&
           (!link_ || (link_->stopped && !link_->receiver.polls() && link_->answers.empty()));
}

void Intake::wait() {
    std::vector<pollfd> fds{{wake_.descriptor(), POLLIN, 0}};
    const std::int64_t now = node_.now();
    std::int64_t until = now + 60 * second;
    if (link_) {
        link_->service.wait_for(fds);
        if (!held_.empty()) until = std::min(until, next_renewal_);
        if (stopping_) until = std::min(until, now + second / 10);
    } else if (!stopping_) {
        until = std::min(until, next_try_);
    }
    const std::int64_t left = std::max<std::int64_t>(until - now, 0);
    ::poll(fds.data(), fds.size(), static_cast<int>((left + millisecond - 1) / millisecond));
    if (fds[0].revents != 0) wake_.clear();
}

}  // namespace flowrun::sqs
