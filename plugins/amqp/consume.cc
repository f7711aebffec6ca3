// amqp.consume: a source that reads a queue of others. It acks a message when the flow has dealt with it.

#include <flowrun/component.hh>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "broker/given.hh"
#include "broker/source.hh"
#include "components.hh"
#include "feed.hh"
#include "formats/joined.hh"

namespace flowrun::amqp {
namespace {

using namespace sdk;

constexpr std::string_view own_settings =
    R"json({"type": "object", "required": ["url", "queue"], "properties": {
        "url": {"type": "string", "x-secret": true, "minLength": 1,
                "description": "The server: amqp://user:password@host/vhost, or amqps://; its query may have ca, cert and key (files, PEM) and heartbeat (seconds)"},
        "queue": {"type": "string", "minLength": 1, "maxLength": 255, "description": "The queue's name; it must be there"},
        "prefetch": {"type": "integer", "minimum": 1, "maximum": 65535, "default": 16,
                     "description": "How many messages the flow has at a time that are not acked"},
        "ack": {"type": "string", "enum": ["delivered", "received"], "default": "delivered",
                "description": "When a message is done with: once the flow has dealt with it, or as soon as it has come"},
        "on_failure": {"type": "string", "enum": ["auto", "requeue", "reject"], "default": "auto",
                       "description": "Of a message that fails: requeue gives it back, reject lets the server put it where the queue's dead letters go, if anywhere; auto: reject where trying again is useless (invalid, permanent, internal) or 'deliveries' are used up, else requeue"},
        "requeue_after": {"x-duration": true, "default": "1s", "description": "How long it is kept before it is given back, since it is given out again at once"},
        "deliveries": {"type": "integer", "minimum": 1, "default": 20,
                       "description": "How often a message may fail before auto rejects it; only a quorum queue counts"},
        "format": {"type": "string", "enum": ["auto", "json", "text", "bytes"], "default": "auto",
                   "description": "What a body is read as; auto: JSON where its content type says so, else text, or bytes where it is not UTF-8; one that is not what it is to be is rejected"})json";
constexpr std::string_view settings_end = "}}";

Feed::Settings what_in(Value settings) {
    return {broker::url_in(settings, server_in), std::string(settings["queue"].string().value_or("")),
            static_cast<std::size_t>(settings["prefetch"].unsigned_integer().value_or(16)),
            broker::reading_in(settings)};
}

class Consume {
public:
    static constexpr Description description = {
        .id = "amqp.consume",
        .summary = "Takes messages from a queue of RabbitMQ",
        .doc =
            "A message becomes {body, headers, exchange, routing_key, redelivered}, and of content_type, message_id, "
            "correlation_id and reply_to what it has. It is acked when all that came of it is dealt with, behind async "
            "edges too: that a durable queue has it is enough. Where it has a "
            "reply_to the flow's reply is sent there with its correlation_id, confirmed, before the ack; of one that "
            "is rejected the "
            "error, with its code in the header flowrun-error. When the connection is lost it is made again, and what "
            "was not acked comes again: every message at least once. It has no end; when it is stopped it takes no "
            "more, "
            "and what it has is finished or given back. A flow's own durable edges need no such node (queue: amqp://).",
        .settings = formats::joined<own_settings, broker::cloud_events_setting, settings_end>,
        .ports = R"({"out": {"out": "The messages"}})",
        .flags = FLOWRUN_COOPERATIVE,
    };

    Consume(Node node, Value settings) : Consume(node, settings, what_in(settings)) {}
    static std::optional<Mistake> check(const flowrun_host*, Value settings) {
        return broker::mistake_in_url(settings, server_in);
    }

    Status run(Call call) { return source_.run(call); }
    void stop() { source_.stop(); }

private:
    Consume(Node node, Value settings, Feed::Settings what)
        : source_(node, broker::Source::settings_in(settings, what.server.name()),
                  [what](broker::Intake& intake) { return std::make_unique<Feed>(what, intake); }) {}

    broker::Source source_;
};

}  // namespace

constinit const flowrun_component consume_component = sdk::component<Consume>();

}  // namespace flowrun::amqp
