#include "exchange.hh"

#include <algorithm>
#include <limits>
#include <utility>

#include "broker/session.hh"

namespace flowrun::nats {
namespace {

constexpr std::int64_t second = 1'000'000'000, silence = 5 * second, longest = 30 * second;

}  // namespace

void Exchange::expect(std::int64_t now, Then then) {
    if (waiting_.empty()) heard_ = now;
    waiting_.emplace_hint(waiting_.end(), ++last_, Waiting{now, std::move(then)});
}

void Exchange::ask(const std::string& what, std::string_view body, std::int64_t now, Then then) {
    connection_.publish("$JS.API." + what, reply(), body);
    expect(now, std::move(then));
}

void Exchange::echo(std::int64_t now, Then then) {
    connection_.publish(reply(), {}, {});
    expect(now, std::move(then));
}

void Exchange::hear(std::int64_t now) {
    while (const Msg msg = connection_.next_answer()) {
        heard_ = now;
        auto answered = waiting_.extract(connection_.number_of(msg));
        if (!answered.empty()) answered.mapped().then(msg);
    }
}

void Exchange::check(std::int64_t now) const {
    if (now >= deadline()) throw broker::Lost{"the server does not answer"};
}

std::int64_t Exchange::deadline() const {
    if (waiting_.empty()) return broker::Session::never;
    return std::min(heard_ + silence, waiting_.begin()->second.since + longest);
}

}  // namespace flowrun::nats
