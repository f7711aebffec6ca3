#include "channel.hh"

#include <utility>

namespace flowrun::redis {
namespace {

constexpr std::size_t most_told = 65'536;

}  // namespace

Channel::Channel(const Settings& settings, broker::Intake& intake)
    : intake_(intake), reading_(settings.reading), connection_(settings.url) {
    static_cast<void>(connection_.run({"PSUBSCRIBE", settings.pattern}));
}

void Channel::turn(std::size_t room) {
    for (; room != 0 && !told_.empty(); --room) {
        const Told one = std::move(told_.front());
        told_.pop_front();
        intake_.take({}, one.body, [&](sdk::Build& build) {
            broker::build_content(build.map(), {one.body, {}}, reading_);
            build.key("channel").string(one.channel).end();
        });
    }
    if (std::exchange(dropped_, false))
        intake_.node().log(sdk::Level::warn,
                           "the flow is too slow for the channel: some of its messages were thrown away");
}

// {pmessage, pattern, channel, body}.
void Channel::ready(const std::vector<pollfd>&) {
    connection_.read_some();
    while (const Reply reply = connection_.next()) {
        if (!is_list(*reply) || reply->elements != 4 || stops_) continue;
        if (told_.size() == most_told) dropped_ = true;
        else told_.push_back({std::string(text_of(*reply->element[2])), std::string(text_of(*reply->element[3]))});
    }
}

}  // namespace flowrun::redis
