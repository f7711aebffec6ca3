#include "receiver.hh"

#include <algorithm>

#include "batches.hh"

namespace flowrun::sqs {
namespace {

constexpr std::int64_t second = 1'000'000'000, answering = 10 * second, pause = second / 5, soon = second * 5 / 4,
                       overdue = second / 4;
constexpr std::size_t most_at_once = 16;

}  // namespace

std::int64_t Receiver::seconds(std::int64_t nanoseconds) {
    return std::max<std::int64_t>((nanoseconds + second - 1) / second, 1);
}

void Receiver::fetch(std::size_t most) {
    while (polls_.size() < at_once_ && most > asked_for_) poll(std::min(most - asked_for_, Batches::most));
}

void Receiver::poll(std::size_t most) {
    const std::int64_t wait = settings_.impatient ? 0 : wait_;
    const std::int64_t now = service_.now(), delay = std::max<std::int64_t>(next_ - now, 0);
    std::string body = "{\"QueueUrl\":" + broker::json_text(settings_.queue) + ",";
    body += wanted_attributes(settings_.all_attributes);
    body += ",\"MaxNumberOfMessages\":" + std::to_string(most) + ",\"WaitTimeSeconds\":" + std::to_string(wait) +
            ",\"VisibilityTimeout\":" + std::to_string(seconds(settings_.lease)) + "}";
    asked_for_ += most;
    const auto number = std::make_shared<Service::Number>(0);
    *number = service_.call(
        "ReceiveMessage", std::move(body), [this, number](Reply&& reply) { answered(*number, std::move(reply)); },
        wait * second + answering, delay);
    polls_[*number] = {most, now + delay + wait * second};
}

void Receiver::answered(Service::Number number, Reply&& reply) {
    const auto known = polls_.find(number);
    const std::size_t most = known->second.most;
    asked_for_ -= most;
    polls_.erase(known);
    // Too many are out: they must be dealt with first.
    if (reply.error == "OverLimit") {
        next_ = service_.now() + second;
        return;
    }
    must(reply);
    const auto& messages = reply.json["Messages"].items();
    if (messages.empty()) {
        at_once_ = 1;
        wait_ = std::min(wait_ * 2, settings_.wait);
        if (settings_.impatient) next_ = service_.now() + pause;
        return nothing_();
    }
    wait_ = 1;
    next_ = 0;
    if (messages.size() >= most) at_once_ = std::min(at_once_ * 2, most_at_once);
    for (const broker::Json& message : messages) take_(message);
}

bool Receiver::polls() const {
    const std::int64_t now = service_.now();
    return std::any_of(polls_.begin(), polls_.end(),
                       [now](const auto& poll) { return now < poll.second.until + overdue; });
}

void Receiver::stop() {
    const std::int64_t now = service_.now();
    for (auto poll = polls_.begin(); poll != polls_.end();) {
        if (!settings_.impatient && poll->second.until <= now + soon) {
            ++poll;
            continue;
        }
        asked_for_ -= poll->second.most;
        service_.drop(poll->first);
        poll = polls_.erase(poll);
    }
}

}  // namespace flowrun::sqs
