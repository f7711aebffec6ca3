#include "feed.hh"

#include <flowrun/cxx/queue.hh>

#include <algorithm>

#include "api.hh"
#include "body.hh"
#include "letter.hh"

namespace flowrun::nats {
namespace {

constexpr std::int64_t millisecond = 1'000'000;

}  // namespace

Feed::Feed(const Settings& settings, broker::Intake& intake)
    : intake_(intake), reading_(settings.reading), connection_(settings.url) {
    if (settings.stream.empty()) {
        connection_.listen(settings.subject, settings.group);
        return;
    }
    const broker::Json info = call(connection_, "CONSUMER.INFO." + settings.stream + "." + settings.consumer, {});
    const broker::Json& config = info["config"];
    if (config.has("deliver_subject"))
        throw sdk::QueueError{FLOWRUN_E_INVALID,
                              "'" + settings.consumer + "' is a push consumer, and no pull consumer"};
    lease_ = std::max(config["ack_wait"].whole(), millisecond);
    pull_ = std::make_unique<Pull>(connection_, exchange_, settings.stream, settings.consumer);
}

// What has come by the pull was asked for; of a subject the rest waits in memory.
void Feed::turn(std::size_t room) {
    std::size_t left = room;
    while (of_stream() || left != 0) {
        const Msg msg = connection_.next_pulled();
        if (!msg) break;
        if (take(msg) && left != 0) --left;
    }
    if (connection_.dropped())
        intake_.node().log(sdk::Level::warn,
                           "the flow is too slow for the subject: some of its messages were thrown away");
    exchange_.hear(now());
    exchange_.check(now());
    if (pull_) {
        pull_->check(now());
        if (!pull_->stops() && left > unanswered_) pull_->ask(left - unanswered_, now());
    }
    connection_.flush();
}

// False: it is none, but a word of the server's.
bool Feed::take(const Msg& msg) {
    const std::string_view reply = reply_of(msg);
    broker::Arrival arrival;
    if (of_stream()) {
        const Delivery delivery = delivery_of(reply);
        if (delivery.sequence == 0) return pull_->told(msg, now()), false;
        pull_->took();
        arrival.handle = {std::string(reply), delivery.count};
        arrival.deliveries = delivery.count;
    } else {
        arrival.reply_to = reply;
    }
    arrival.traceparent = header_of(msg, "traceparent");
    intake_.take(std::move(arrival), body_of(msg), [&](sdk::Build& build) { build_message(build, msg, reading_); });
    return true;
}

void Feed::settle(const broker::Handle& handle, broker::Answer answer, std::int64_t delay) {
    std::string how = answer == broker::Answer::ack ? "+ACK" : answer == broker::Answer::reject ? "+TERM" : "-NAK";
    if (answer == broker::Answer::requeue && delay != 0) how += " {\"delay\":" + std::to_string(delay) + "}";
    connection_.publish(handle.id, exchange_.reply(), how);
    ++unanswered_;
    exchange_.expect(now(), [this](const Msg&) { --unanswered_; });
}

// One echo says that all before it have arrived.
void Feed::reply(std::uint64_t name, const broker::Reply& reply) {
    const Msg letter = plain_letter(reply.to, {}, reply.body);
    if (!reply.error.empty()) add_header(letter, "flowrun-error", reply.error);
    if (!connection_.publish(letter)) intake_.node().log(sdk::Level::warn, "a reply is larger than the server takes");
    intake_.replied(name);
    if (unanswered_ != 0) return;
    ++unanswered_;
    exchange_.echo(now(), [this](const Msg&) { --unanswered_; });
}

void Feed::renew(const std::vector<broker::Handle>& handles) {
    for (const broker::Handle& one : handles) connection_.publish(one.id, {}, "+WPI");
}

void Feed::stop() {
    if (pull_) return pull_->stop([this] { return now(); }, [this] { stopped_ = true; });
    connection_.stop_pulling();
    stopped_ = true;
}

void Feed::wait_for(std::vector<pollfd>& fds) {
    fds.push_back(
        {connection_.descriptor(), static_cast<short>(POLLIN | (connection_.wants_to_write() ? POLLOUT : 0)), 0});
}

void Feed::ready(const std::vector<pollfd>& fds) {
    if ((fds[0].revents & ~POLLOUT) != 0) connection_.read();
}

std::int64_t Feed::patience() const {
    const std::int64_t at = now();
    std::int64_t until = exchange_.deadline();
    if (pull_) until = std::min(until, pull_->due(at, true));
    return until == never ? never : std::max<std::int64_t>(until - at, 0);
}

}  // namespace flowrun::nats
