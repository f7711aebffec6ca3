// kafka.produce: writes messages to topics of others. The call is pending meanwhile; no thread waits.

#include <flowrun/component.hh>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "broker/body.hh"
#include "broker/cloud_event.hh"
#include "broker/given.hh"
#include "carrier.hh"
#include "components.hh"
#include "formats/joined.hh"
#include "letter.hh"
#include "settings.hh"

namespace flowrun::kafka {
namespace {

using namespace sdk;

constexpr std::string_view own_settings =
    R"json({"type": "object", "required": ["url", "topic"], "properties": {
        "url": {"type": "string", "x-secret": true, "minLength": 1,
                "description": "The cluster: kafka://user:password@host:9092,host:9092; its query may have what flowrun-kafka(7) names"},
        "topic": {"type": "string", "x-message": true, "minLength": 1, "description": "Where to"},
        "key": {"x-message": true, "description": "By which messages find their partition: a string or bytes as they are, any other value as JSON; null or left out: none, and any partition"},
        "headers": {"type": "object", "x-message": true, "description": "Names and values: texts and bytes as they are, others as JSON; those that are null are left out"},
        "body": {"x-message": true, "description": "What to send: a string or bytes as they are, any other value as JSON; left out: the message"},
        "timeout": {"x-duration": true, "default": "30s", "exclusiveMinimum": 0, "description": "How long it may take until the cluster has a message"},
        "linger": {"x-duration": true, "default": "5ms", "description": "How long a message waits for others, to go with them"},)json";
constexpr std::string_view settings_end = "}}";

enum Setting : std::uint32_t { topic = 1, key = 2, headers = 3, body = 4, cloud_event = 7 };

constexpr std::int64_t millisecond = 1'000'000, second = 1'000 * millisecond;

class Produce {
public:
    static constexpr Description description = {
        .id = "kafka.produce",
        .summary = "Writes each message to a topic of Kafka",
        .doc =
            "The message is done with when all replicas that are in sync have it (acks=all); then it is sent on as it "
            "came. Messages with the same key come into the same partition, in their order; what librdkafka sends "
            "again does not come twice (it is an idempotent producer). A cluster that is not there, or does not take a "
            "message in time, is worth trying again; then it may come twice. What is larger than message.max.bytes is "
            "invalid. The header content-type says what the body is, and traceparent belongs to the trace. "
            "Experimental: tried on librdkafka's own test cluster alone.",
        .settings =
            formats::joined<own_settings, broker::cloud_event_setting, broker::cloud_event_mode_setting, settings_end>,
        .ports = R"({"in": {"in": "Messages"}, "out": {"out": "The same, once they are held"}})",
        .flags = FLOWRUN_REENTRANT | FLOWRUN_COOPERATIVE,
    };

    Produce(Node node, Value settings) : Produce(node, settings, broker::url_in(settings, without_topic)) {}
    static std::optional<Mistake> check(const flowrun_host*, Value settings) {
        return broker::mistake_in_url(settings, without_topic);
    }

    Status handle(Call call, std::uint32_t, Value message) {
        try {
            return send(call, message);
        } catch (const broker::Unset&) { return call.setting_status(); }
    }
    void stop() { sender_.stop(); }

private:
    Produce(Node node, Value values, const Settings& settings)
        : node_(node), timeout_(values["timeout"].integer().value_or(30 * second)),
          structured_(values["cloudevent_mode"].string() == "structured"),
          sender_(node, settings.servers,
                  [settings, manner = Producer::Manner{std::max<std::int64_t>(timeout_ / millisecond, 1),
                                                       values["linger"].integer().value_or(0) / millisecond}](
                      broker::Office& office) { return std::make_unique<Carrier>(settings, manner, office); }) {}

    // An event is in the body, or beside it in headers. True: its content type is among these.
    bool add_event(Call call, Value attributes, const Headers& to, broker::Body& content) const {
        const flowrun_meta meta = call.meta();
        const std::string_view id(meta.id == nullptr ? "" : meta.id, meta.id == nullptr ? 0 : meta.id_size);
        const broker::CloudEvent event(attributes, broker::origin_of(call, node_, id), std::move(content));
        content = structured_ ? event.structured() : event.data();
        if (structured_) return false;
        event.each_attribute(
            [&](std::string_view name, std::string_view text) { add_header(to, "ce_" + std::string(name), text); });
        add_header(to, "content-type", event.content_type());
        return true;
    }

    // Throws broker::Unset.
    Producer::Letter letter_in(Call call, Value message) const {
        Producer::Letter made;
        made.topic = broker::given_text(call, topic);
        if (made.topic.empty()) throw Failure(Status::invalid, "the topic is empty");
        made.key = broker::given_text(call, key);
        const Value given_body = broker::given(call, body);
        broker::Body content = broker::body_of(given_body ? given_body : message);
        made.headers = Headers(rd_kafka_headers_new(4));
        bool typed = false;
        for (auto [name, value] : broker::given(call, headers).entries()) {
            if (value.is(Kind::null)) continue;
            typed = typed || name == "content-type";
            add_header(made.headers, name, broker::text_of(value));
        }
        if (const Value event = broker::given(call, cloud_event)) typed = add_event(call, event, made.headers, content);
        if (!typed) add_header(made.headers, "content-type", content.type);
        made.body = std::move(content.bytes);
        if (const std::string trace = call.traceparent(); !trace.empty())
            add_header(made.headers, "traceparent", trace);
        return made;
    }

    Status send(Call call, Value message) {
        Producer::Letter letter = letter_in(call, message);
        Ticket ticket = call.pend();
        if (!ticket) throw Failure(Status::internal, "nothing can be sent from here");
        auto errand = std::make_unique<Errand>(node_, std::move(ticket));
        errand->waiting.message = message.keep();
        errand->letter = std::move(letter);
        errand->by = node_.now() + timeout_ + grace;
        sender_.take(std::move(errand));
        return Status::pending;
    }

    static constexpr std::int64_t grace =
        2 * second;  // librdkafka looks at times each second, and then is asked itself
    const Node node_;
    const std::int64_t timeout_;
    const bool structured_;
    broker::Sender sender_;
};

}  // namespace

constinit const flowrun_component produce_component = sdk::component<Produce>();

}  // namespace flowrun::kafka
