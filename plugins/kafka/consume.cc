// kafka.consume: a source that reads topics as a member of a consumer group.

#include <flowrun/component.hh>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "broker/given.hh"
#include "broker/source.hh"
#include "components.hh"
#include "feed.hh"
#include "formats/joined.hh"

namespace flowrun::kafka {
namespace {

using namespace sdk;

constexpr std::string_view own_settings =
    R"json({"type": "object", "required": ["url", "topics", "group"], "properties": {
        "url": {"type": "string", "x-secret": true, "minLength": 1,
                "description": "The cluster: kafka://user:password@host:9092,host:9092; its query may have what flowrun-kafka(7) names"},
        "topics": {"description": "The topic, or a list of topics; they must be there"},
        "group": {"type": "string", "minLength": 1, "description": "The consumer group: of its members each has some of the partitions"},
        "from": {"type": "string", "enum": ["earliest", "latest"], "default": "earliest",
                 "description": "Where a group begins that has not been in a partition yet: with all that is there, or with what comes from now on"},
        "prefetch": {"type": "integer", "minimum": 1, "maximum": 65535, "default": 16, "description": "How many messages the flow has at a time"},
        "ack": {"type": "string", "enum": ["delivered", "received"], "default": "delivered",
                "description": "When a message is done with: once the flow has dealt with it, or as soon as it has come"},
        "on_failure": {"type": "string", "enum": ["auto", "requeue", "reject"], "default": "auto",
                       "description": "Of a message that fails: requeue sends it into the flow again, and nothing behind it is committed as a whole before; reject passes over it; auto: reject where trying again is useless (invalid, permanent, internal) or 'deliveries' are used up, else requeue"},
        "requeue_after": {"x-duration": true, "default": "1s", "description": "How long it waits before that"},
        "deliveries": {"type": "integer", "minimum": 1, "default": 20,
                       "description": "How often this process sends a message into the flow before auto rejects it"},
        "format": {"type": "string", "enum": ["auto", "json", "text", "bytes"], "default": "auto",
                   "description": "What a value is read as; auto: JSON where its header content-type says so, else text, or bytes where it is not UTF-8; one that is not what it is to be is rejected"})json";
constexpr std::string_view settings_end = "}}";

std::vector<std::string> topics_in(Value settings) {
    std::vector<std::string> all;
    const Value topics = settings["topics"];
    if (const auto one = topics.string()) all.emplace_back(*one);
    for (const Value topic : topics.items()) all.emplace_back(topic.string().value_or(""));
    return all;
}

Feed::What what_in(Value settings) {
    return {broker::url_in(settings, without_topic), topics_in(settings),
            std::string(settings["group"].string().value_or("")), settings["from"].string() == "latest",
            broker::reading_in(settings)};
}

class Consume {
public:
    static constexpr Description description = {
        .id = "kafka.consume",
        .summary = "Takes messages from topics of Kafka",
        .doc =
            "A message becomes {body, headers, topic, partition, offset, timestamp, deliveries}, with key where it has "
            "one. It is dealt with when all that came of it is, behind async edges too: that a durable queue has it is "
            "enough. What is dealt with is committed, up to the first that is not; what is dealt with beyond that is "
            "noted with the commit, and does not come again to another kafka.consume. When the group's members change, "
            "what is in the flow is finished first, for up to a minute. It has no end; when it is stopped it takes no "
            "more, and what it has is finished. A flow's own durable edges need no such node (queue: kafka://). "
            "Experimental: tried on librdkafka's own test cluster alone.",
        .settings = formats::joined<own_settings, broker::cloud_events_setting, settings_end>,
        .ports = R"({"out": {"out": "The messages"}})",
        .flags = FLOWRUN_COOPERATIVE,
    };

    Consume(Node node, Value settings) : Consume(node, settings, what_in(settings)) {}
    static std::vector<Mistake> check(const flowrun_host*, Value settings) {
        std::vector<Mistake> all;
        if (auto mistake = broker::mistake_in_url(settings, without_topic)) all.push_back(std::move(*mistake));
        const std::vector<std::string> topics = topics_in(settings);
        if (topics.empty() || std::count(topics.begin(), topics.end(), "") != 0)
            all.push_back({"'topics' must be a topic's name, or a list of them", "topics"});
        return all;
    }

    Status run(Call call) { return source_.run(call); }
    void stop() { source_.stop(); }

private:
    Consume(Node node, Value settings, Feed::What what)
        : source_(node, broker::Source::settings_in(settings, what.settings.servers),
                  [what](broker::Intake& intake) { return std::make_unique<Feed>(what, intake); }) {}

    broker::Source source_;
};

}  // namespace

constinit const flowrun_component consume_component = sdk::component<Consume>();

}  // namespace flowrun::kafka
