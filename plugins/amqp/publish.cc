// amqp.publish, amqp.request: send messages to exchanges and queues of others. The call is pending meanwhile; no thread waits.

#include <flowrun/component.hh>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "body.hh"
#include "broker/body.hh"
#include "broker/cloud_event.hh"
#include "broker/given.hh"
#include "carrier.hh"
#include "components.hh"
#include "formats/joined.hh"

namespace flowrun::amqp {
namespace {

using namespace sdk;
using formats::joined;

// The settings that both share come first, so that a setting has the same number in each.
constexpr std::string_view shared_settings =
    R"json({"type": "object", "required": ["url"], "properties": {
        "url": {"type": "string", "x-secret": true, "minLength": 1,
                "description": "The server: amqp://user:password@host/vhost, or amqps://; its query may have ca, cert and key (files, PEM) and heartbeat (seconds)"},
        "exchange": {"type": "string", "x-message": true, "default": "",
                     "description": "Where to; left out: the default exchange, by which routing_key is the name of a queue"},
        "routing_key": {"type": "string", "x-message": true, "default": "", "description": "By which the exchange finds queues"},
        "headers": {"type": "object", "x-message": true, "description": "Names and values: texts and whole numbers as they are, others as JSON; those that are null are left out"},
        "body": {"x-message": true, "description": "What to send: a string or bytes as they are, any other value as JSON; left out: the message"},
        "message_id": {"type": "string", "x-message": true, "description": "By which a receiver knows one that comes twice; left out: the message's own id, where it has one"},
        "persistent": {"type": "boolean", "default": true, "description": "Whether a durable queue keeps it on disk"},
        "mandatory": {"type": "boolean", "default": true, "description": "Whether it is a failure when no queue takes it"},)json";
constexpr std::string_view publish_settings = R"json(
        "timeout": {"x-duration": true, "default": "30s", "exclusiveMinimum": 0, "description": "How long the server may take to confirm it"},)json";
constexpr std::string_view settings_end = "}}";
constexpr std::string_view request_settings = R"json(
        "timeout": {"x-duration": true, "default": "30s", "exclusiveMinimum": 0, "description": "How long the answer may take"},
        "output": {"type": "string", "enum": ["body", "message"], "default": "body",
                   "description": "What is sent on: the answer's body, or {body, headers, ...} as of amqp.consume"},
        "format": {"type": "string", "enum": ["auto", "json", "text", "bytes"], "default": "auto",
                   "description": "What the answer is read as; auto: JSON where its content type says so, else text, or bytes where it is not UTF-8"}}})json";

enum Setting : std::uint32_t { exchange = 1, routing_key = 2, headers = 3, body = 4, message_id = 5, cloud_event = 9 };

constexpr std::uint32_t flags = FLOWRUN_REENTRANT | FLOWRUN_COOPERATIVE;
constexpr Description publish_description{
    .id = "amqp.publish",
    .summary = "Sends each message to an exchange or a queue of RabbitMQ",
    .doc =
        "The message is done with when the server has confirmed it; then it is sent on as it came. One that no queue "
        "takes "
        "(mandatory), a server that is not there or does not confirm in time are worth trying again; then the message "
        "may arrive twice. What is larger than the server takes is invalid.",
    .settings = joined<shared_settings, publish_settings, broker::cloud_event_setting, broker::cloud_event_mode_setting,
                       settings_end>,
    .ports = R"({"in": {"in": "Messages"}, "out": {"out": "The same, once the server has them"}})",
    .flags = flags};
constexpr Description request_description{
    .id = "amqp.request",
    .summary = "Sends each message by RabbitMQ and passes on what is answered",
    .doc =
        "Whoever takes the message from its queue answers to its reply_to with its correlation_id; amqp.consume does "
        "so "
        "with the flow's reply. Each attempt has a correlation_id of its own, so an answer that comes too late is "
        "never taken for another's; it is logged (info). An answer with the header flowrun-error is that failure.",
    .settings = joined<shared_settings, request_settings>,
    .ports = R"({"in": {"in": "Messages"}, "out": {"out": "The answers"}})",
    .flags = flags};

std::string short_text(Call call, std::uint32_t setting, const char* name) {
    std::string text = broker::given_text(call, setting);
    if (text.size() > longest_short)
        throw Failure(Status::invalid, std::string("setting '") + name + "' has more than 255 bytes");
    return text;
}

template <bool asks>
class Sends {
public:
    static constexpr Description description = asks ? request_description : publish_description;

    Sends(Node node, Value settings) : Sends(node, settings, broker::url_in(settings, server_in)) {}

    static std::optional<Mistake> check(const flowrun_host*, Value settings) {
        return broker::mistake_in_url(settings, server_in);
    }

    Status handle(Call call, std::uint32_t, Value message) {
        try {
            return send(call, message);
        } catch (const broker::Unset&) { return call.setting_status(); }
    }

    void stop() { sender_.stop(); }

private:
    Sends(Node node, Value settings, const Server& server)
        : node_(node), structured_(settings["cloudevent_mode"].string() == "structured"),
          persistent_(settings["persistent"].boolean().value_or(true)),
          mandatory_(settings["mandatory"].boolean().value_or(true)),
          timeout_(settings["timeout"].integer().value_or(0)), format_(broker::format_in(settings)),
          whole_(settings["output"].string() == "message"),
          prefix_(std::string(node.name()) + "-" + std::to_string(node.wall()) + "-"),
          sender_(node, server.name(),
                  [server](broker::Office& office) { return std::make_unique<Carrier>(server, asks, office); }) {}

    // An event is in the body, or beside it in headers.
    void add_event(Call call, Value attributes, Letter& letter, broker::Body& content) const {
        const broker::CloudEvent event(attributes, broker::origin_of(call, node_, letter.properties.id()),
                                       std::move(content));
        content = structured_ ? event.structured() : event.data();
        letter.properties.content_type(structured_ ? content.type : event.content_type());
        if (structured_) return;
        event.each_attribute([&](std::string_view name, std::string_view text) {
            letter.properties.header("cloudEvents:" + std::string(name), text);
        });
    }

    Letter letter_in(Call call, broker::Body& content) const {
        Letter letter;
        letter.exchange = short_text(call, exchange, "exchange");
        letter.key = short_text(call, routing_key, "routing_key");
        letter.mandatory = mandatory_;
        if (!persistent_) letter.properties.transient();
        letter.properties.content_type(content.type);
        const flowrun_meta meta = call.meta();
        std::string id = short_text(call, message_id, "message_id");
        if (id.empty() && meta.id != nullptr) id.assign(meta.id, meta.id_size);
        letter.properties.message_id(id);
        add_headers(letter.properties, broker::given(call, headers));
        if (const std::string trace = call.traceparent(); !trace.empty())
            letter.properties.header("traceparent", std::string_view(trace));
        if constexpr (!asks) {
            if (const Value event = broker::given(call, cloud_event)) add_event(call, event, letter, content);
        }
        constexpr std::size_t most_beside = 96 << 10;
        if (letter.properties.size() > most_beside) throw Failure(Status::invalid, "the headers have more than 96 KB");
        return letter;
    }

    Status send(Call call, Value message) {
        const Value given_body = broker::given(call, body);
        broker::Body content = broker::body_of(given_body ? given_body : message);
        Letter letter = letter_in(call, content);
        std::string correlation;
        if constexpr (asks) {
            correlation = prefix_ + std::to_string(++count_);
            letter.properties.correlation_id(correlation);
            letter.properties.reply_to(reply_queue);
        }
        Ticket ticket = call.pend();
        if (!ticket) throw Failure(Status::internal, "nothing can be sent from here");
        auto mail = std::make_unique<Mail>(node_, std::move(ticket));
        if constexpr (!asks) mail->waiting.message = message.keep();
        mail->letter = std::move(letter);
        mail->body = std::move(content.bytes);
        mail->correlation = std::move(correlation);
        mail->asks = asks;
        mail->whole = whole_;
        mail->format = format_;
        mail->by = node_.now() + timeout_;
        sender_.take(std::move(mail));
        return Status::pending;
    }

    const Node node_;
    const bool structured_, persistent_, mandatory_;
    const std::int64_t timeout_;
    const broker::Format format_;
    const bool whole_;
    const std::string prefix_;  // of correlation ids
    std::atomic<std::uint64_t> count_{0};
    broker::Sender sender_;
};

}  // namespace

constinit const flowrun_component publish_component = sdk::component<Sends<false>>();
constinit const flowrun_component request_component = sdk::component<Sends<true>>();

}  // namespace flowrun::amqp
