#include "carrier.hh"

#include <utility>

#include "body.hh"

namespace flowrun::amqp {

using sdk::Status;

void Mail::hear(const Delivery& answer) {
    const amqp_basic_properties_t& properties = *answer.properties;
    answered(header_of(properties, "flowrun-error"), answer.body, [&](sdk::Build& build) {
        if (whole) build_message(build, answer, {format});
        else broker::build_body(build, answer.body, type_of(properties), format);
    });
}

Carrier::Carrier(const Server& server, bool wants_answers, broker::Office& office)
    : office_(office), server_(server.name()),
      publisher_(
          server, std::string("flowrun ") + office.node().name(), [this](std::string_view why) { tell_blocked(why); },
          reply_or_none(wants_answers)) {}

Publisher::Reply Carrier::reply_or_none(bool wants_answers) {
    if (!wants_answers) return {};
    return [this](Delivery&& delivery) { answered(delivery); };
}

void Carrier::tell_blocked(std::string_view why) const {
    office_.node().log(sdk::Level::warn, why.empty() ? server_ + " takes messages again"
                                                     : server_ + " takes no messages now: " + std::string(why));
}

void Carrier::send(std::uint64_t name, broker::Errand& errand) {
    auto& mail = static_cast<Mail&>(errand);
    if (mail.asks) asked_.emplace(correlations_.emplace(name, mail.correlation).first->second, name);
    Letter letter = std::move(mail.letter);
    letter.body = bodies_.emplace(name, std::move(mail.body)).first->second;
    letter.done = [this, name](Outcome how, std::string_view text) { outcome(name, how, text); };
    publisher_.send(std::move(letter));
}

void Carrier::turn() {
    try {
        publisher_.work();
    } catch (const ChannelClosed& closed) { throw broker::Lost{closed.text}; }
}

void Carrier::forget(std::uint64_t name) {
    const auto correlation = correlations_.extract(name);
    if (!correlation.empty()) asked_.erase(correlation.mapped());
}

void Carrier::outcome(std::uint64_t name, Outcome how, std::string_view text) {
    bodies_.erase(name);
    if (how == Outcome::confirmed) return office_.arrived(name);
    forget(name);
    const std::string why(text);
    switch (how) {
        case Outcome::returned: return office_.fail(name, Status::unavailable, why + ": no queue takes it");
        case Outcome::too_large: return office_.fail(name, Status::invalid, why);
        default: return office_.fail(name, Status::unavailable, why);
    }
}

void Carrier::answered(const Delivery& delivery) {
    const std::string correlation(correlation_of(*delivery.properties));
    const auto asked = asked_.find(correlation);
    const std::uint64_t name = asked == asked_.end() ? 0 : asked->second;
    forget(name);
    if (const std::unique_ptr<broker::Errand> errand = office_.release(name))
        return static_cast<Mail&>(*errand).hear(delivery);
    office_.node().log(sdk::Level::info,
                       "an answer came too late, or to nothing that was asked: correlation_id " + correlation);
}

}  // namespace flowrun::amqp
