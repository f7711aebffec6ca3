#include "pull.hh"

#include <algorithm>
#include <utility>

#include "broker/session.hh"

namespace flowrun::nats {
namespace {

constexpr std::int64_t millisecond = 1'000'000, second = 1'000 * millisecond;
constexpr std::int64_t longest = 30 * second, grace = 5 * second;

}  // namespace

void Pull::ask(std::size_t most, std::int64_t now) {
    if (left_ != 0 || now < not_before_ || stops_) return;
    left_ = most;
    ends_ = now + longest + grace;
    connection_.publish(
        "$JS.API." + next_, connection_.pulls(++requests_),
        "{\"batch\":" + std::to_string(most) + ",\"no_wait\":true,\"expires\":" + std::to_string(longest) + "}");
    connection_.flush();
}

void Pull::told(const Msg& msg, std::int64_t now) {
    const std::string_view status = header_of(msg, "Status"), text = header_of(msg, "Description");
    if (status == "404" || status == "408") {
        left_ = 0;
        if (text == "Requests Pending") not_before_ = now + 2 * millisecond;  // others ask as well
    } else if (status == "409" || status == "503") {
        throw broker::Lost{std::string(text), true};
    }
}

void Pull::check(std::int64_t now) const {
    if (left_ != 0 && now > ends_) throw broker::Lost{"the server does not answer"};
}

std::int64_t Pull::due(std::int64_t now, bool wants) const {
    if (left_ != 0) return ends_;
    return wants && not_before_ > now ? not_before_ : broker::Session::never;
}

// Else the server would give to this process what it has just given back.
void Pull::stop(Clock clock, std::function<void()> then) {
    if (std::exchange(stops_, true)) return;
    clock_ = std::move(clock);
    then_ = std::move(then);
    quiet_down();
}

// As long as messages come, the request is let come to its end by itself.
void Pull::quiet_down() {
    if (left_ == 0) return withdraw();
    exchange_.echo(clock_(), [this, before = taken_](const Msg&) {
        if (taken_ != before) quiet_down();
        else withdraw();
    });
}

// Asked for its state, the server forgets requests that nobody hears any more. Version 2.9 would drop what it gives out for such
// a one until its lease is over, and give out another twice.
void Pull::withdraw() {
    connection_.stop_pulling();
    left_ = 0;
    exchange_.ask(info_, {}, clock_(), [this](const Msg&) { then_(); });
}

}  // namespace flowrun::nats
