#include "feed.hh"

#include <flowrun/cxx/queue.hh>

#include <algorithm>
#include <utility>

#include "body.hh"

namespace flowrun::amqp {

Feed::Feed(const Settings& settings, broker::Intake& intake)
    : intake_(intake), settings_(settings),
      consumer_(
          settings.server, std::string("flowrun ") + intake.node().name(), settings.queue, [this] { return now(); },
          [this](Delivery&& delivery) { take(std::move(delivery)); }) {
    consumer_.counted = [](std::uint64_t) {};
    if (!consumer_.clerk().waiting(settings.queue))
        throw sdk::QueueError{FLOWRUN_E_UNAVAILABLE, "there is no queue '" + settings.queue + "'"};
    consumer_.consume(settings.prefetch);
}

void Feed::turn(std::size_t) {
    try {
        give_back_in_time();
        consumer_.work();
        if (publisher_) publisher_->work();
        consumer_.send_answers();
    } catch (const ChannelClosed& closed) { throw broker::Lost{closed.text}; }
}

void Feed::take(Delivery&& delivery) {
    const amqp_basic_properties_t& properties = *delivery.properties;
    broker::Arrival arrival;
    arrival.handle.count = delivery.tag;
    arrival.deliveries = deliveries_of(properties) + 1;
    arrival.traceparent = header_of(properties, "traceparent");
    arrival.reply_to = reply_to_of(properties);
    arrival.correlation = correlation_of(properties);
    ++unanswered_;
    intake_.take(std::move(arrival), delivery.body,
                 [&](sdk::Build& build) { build_message(build, delivery, settings_.reading); });
}

void Feed::settle(const broker::Handle& handle, broker::Answer answer, std::int64_t delay) {
    const auto noted = [this] { --unanswered_; };
    switch (answer) {
        case broker::Answer::ack: return consumer_.ack(handle.count, noted);
        case broker::Answer::reject: return consumer_.reject(handle.count, noted);
        case broker::Answer::requeue: held_.emplace(delay == 0 ? 0 : now() + delay, handle.count);
    }
}

void Feed::give_back_in_time() {
    const std::int64_t at = now();
    while (!held_.empty() && (stops_ || held_.begin()->first <= at)) {
        consumer_.requeue(held_.begin()->second, [this] { --unanswered_; });
        held_.erase(held_.begin());
    }
}

void Feed::reply(std::uint64_t name, const broker::Reply& reply) {
    if (!publisher_) {
        publisher_ = std::make_unique<Publisher>(
            settings_.server, std::string("flowrun replies of ") + intake_.node().name(), [](std::string_view) {});
    }
    Letter letter;
    letter.key = reply.to;
    letter.properties.content_type(reply.body.type);
    letter.properties.correlation_id(reply.correlation);
    if (!reply.error.empty()) letter.properties.header("flowrun-error", reply.error);
    letter.body = reply.body.bytes;
    letter.done = [this, name](Outcome outcome, std::string_view text) {
        if (outcome != Outcome::confirmed)
            intake_.node().log(sdk::Level::info, "a reply was not taken: " + std::string(text));
        intake_.replied(name);
    };
    publisher_->send(std::move(letter));
}

void Feed::stop() {
    stops_ = true;
    consumer_.consume(0);
}

bool Feed::is_quiet() const {
    return unanswered_ == 0 && !consumer_.consumes() && !consumer_.changing() && (!publisher_ || publisher_->idle());
}

void Feed::wait_for(std::vector<pollfd>& fds) {
    fds.push_back(consumer_.waits_for());
    if (publisher_) fds.push_back(publisher_->waits_for());
}

std::int64_t Feed::patience() const {
    std::int64_t left = consumer_.patience();
    if (publisher_) left = std::min(left, publisher_->patience());
    if (!held_.empty()) left = std::min(left, held_.begin()->first - now());
    return std::max<std::int64_t>(left, 0);
}

}  // namespace flowrun::amqp
