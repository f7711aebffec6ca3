#include "feed.hh"

#include <flowrun/cxx/queue.hh>

#include <algorithm>
#include <utility>

#include "declare.hh"

namespace flowrun::sqs {
namespace {

constexpr std::int64_t second = 1'000'000'000, soon = second / 10;
constexpr std::int64_t longest_poll = 20;  // seconds

std::string url_of(Service& service, const std::string& queue) {
    auto url = find_queue(service, queue);
    if (!url) throw sdk::QueueError{FLOWRUN_E_INVALID, "there is no queue '" + queue + "'"};
    return std::move(*url);
}

}  // namespace

Feed::Feed(const Settings& settings, broker::Intake& intake)
    : intake_(intake), settings_(settings), lease_(Receiver::seconds(settings.lease) * second),
      service_(
          settings.place, [&intake] { return intake.node().now(); }, [&intake] { return intake.node().wall(); }),
      queue_(url_of(service_, settings.queue)), answers_(service_, queue_),
      receiver_(
          service_, Receiver::Settings{queue_, lease_, longest_poll, false, true},
          [this](const broker::Json& given) { take(given); }, [] {}) {}

void Feed::turn(std::size_t room) {
    service_.work();
    if (!stopped_) receiver_.fetch(room);
    answers_.flush();
}

void Feed::take(const broker::Json& given) {
    const auto one = delivered(given);
    if (!one) return;
    if (stopped_) return answers_.show_again(one->receipt, 0);
    broker::Arrival arrival;
    arrival.handle = {one->receipt, one->times};
    arrival.deliveries = one->times;
    arrival.traceparent = given["MessageAttributes"]["traceparent"]["StringValue"].text();
    intake_.take(std::move(arrival), one->message.body,
                 [&](sdk::Build& build) { build_message(build, given, settings_.format); });
}

void Feed::settle(const broker::Handle& handle, broker::Answer answer, std::int64_t delay) {
    if (answer == broker::Answer::requeue) {
        if (delay == 0) return answers_.show_again(handle.id, 0);
        if (settings_.leaves) return;
        const std::uint64_t doubled = std::min<std::uint64_t>(handle.count - 1, 30);
        const std::int64_t longest = settings_.longest_retry;
        const std::int64_t after = delay > longest >> doubled ? longest : delay << doubled;
        return answers_.show_again(handle.id, after == 0 ? 0 : Receiver::seconds(after));
    }
    answers_.remove(handle.id, [this](std::int32_t status, std::string_view text) {
        if (status == FLOWRUN_OK) return;
        intake_.node().log(sdk::Level::warn, "a message was not deleted, and may come again: " + std::string(text));
    });
}

// SQS itself refuses what would be longer than twelve hours in all.
void Feed::renew(const std::vector<broker::Handle>& handles) {
    for (const broker::Handle& one : handles) answers_.show_again(one.id, lease_ / second);
    answers_.flush();
}

void Feed::stop() {
    stopped_ = true;
    receiver_.stop();
}

// What is still under way may be overdue, which nothing tells.
std::int64_t Feed::patience() const { return stopped_ ? soon : never; }

}  // namespace flowrun::sqs
