// amqp.publish, amqp.request: send messages to exchanges and queues of others. The call is pending meanwhile; no thread waits.

#include <flowrun/component.hh>

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "body.hh"
#include "components.hh"
#include "formats/joined.hh"
#include "sender.hh"
#include "url_setting.hh"

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
        "timeout": {"x-duration": true, "default": "30s", "exclusiveMinimum": 0, "description": "How long the server may take to confirm it"}}})json";
constexpr std::string_view request_settings = R"json(
        "timeout": {"x-duration": true, "default": "30s", "exclusiveMinimum": 0, "description": "How long the answer may take"},
        "output": {"type": "string", "enum": ["body", "message"], "default": "body",
                   "description": "What is sent on: the answer's body, or {body, headers, ...} as of amqp.consume"},
        "format": {"type": "string", "enum": ["auto", "json", "text", "bytes"], "default": "auto",
                   "description": "What the answer is read as; auto: JSON where its content type says so, else text, or bytes where it is not UTF-8"}}})json";

enum Setting : std::uint32_t { exchange = 1, routing_key = 2, headers = 3, body = 4, message_id = 5 };

constexpr std::uint32_t flags = FLOWRUN_REENTRANT | FLOWRUN_COOPERATIVE;
constexpr Description publish_description{
    .id = "amqp.publish",
    .summary = "Sends each message to an exchange or a queue of RabbitMQ",
    .doc =
        "The message is done with when the server has confirmed it; then it is sent on as it came. One that no queue "
        "takes "
        "(mandatory), a server that is not there or does not confirm in time are worth trying again; then the message "
        "may arrive twice. What is larger than the server takes is invalid.",
    .settings = joined<shared_settings, publish_settings>,
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

// The evaluation of a setting has failed; the call knows how.
struct Unset {};

Value given(Call call, std::uint32_t setting) {
    const Value value = call.setting(setting);
    if (!value && is_error(call.setting_status())) throw Unset{};
    return value.is(Kind::null) ? Value() : value;
}

std::string short_text(Call call, std::uint32_t setting, const char* name) {
    const Value value = given(call, setting);
    std::string text = value.is(Kind::string) ? std::string(*value.text()) : value ? value.json() : std::string();
    if (text.size() > longest_short)
        throw Failure(Status::invalid, std::string("setting '") + name + "' has more than 255 bytes");
    return text;
}

// A call that waits until its message has been sent and answered.
class Sending final : public Errand {
public:
    Sending(Node node, Ticket ticket, Format format, bool whole)
        : node_(node), ticket_(std::move(ticket)), format_(format), whole_(whole) {}

    Kept message{};  // what is sent on; of a request the answer

    void failed(const Failure& failure) override { (void)ticket_.fail(failure); }
    void held() override { pass_on(); }
    void answered(const Delivery& delivery) override {
        try {
            Builder build(node_.values());
            if (const std::string_view code = header_of(*delivery.properties, "flowrun-error"); !code.empty())
                throw Failure(Status::failed, "answered with an error (" + std::string(code) + "): " + delivery.body);
            if (whole_) build_message(build, delivery, format_);
            else build_body(build, delivery, format_);
            message = build.finish().keep();
            if (!message) throw Failure(Status::invalid, "the answer holds text that is not UTF-8");
        } catch (const Failure& failure) { return failed(failure); }
        pass_on();
    }

private:
    // With the message it is gone when what follows has been told.
    struct Passing {
        Ticket ticket;
        Kept message;
    };
    void pass_on() {
        auto passing = std::make_unique<Passing>(Passing{std::move(ticket_), std::move(message)});
        const Call call = passing->ticket.call();
        const Status sent = call.emit_async(0, passing->message.get(), nullptr, &Sending::passed, passing.get());
        if (!is_error(sent)) return (void)passing.release();
        const auto error = call.last_error();
        passed(passing.release(), static_cast<std::int32_t>(sent), nullptr, error ? &error->raw() : nullptr);
    }
    static void passed(void* user, std::int32_t status, const flowrun_value* reply, const flowrun_error* error) {
        const std::unique_ptr<Passing> mine(static_cast<Passing*>(user));
        if (error != nullptr) return (void)mine->ticket.fail(*error);
        const Value own = mine->message.get();
        (void)mine->ticket.complete(static_cast<Status>(status), reply != nullptr ? Value(own.table(), reply) : own);
    }

    const Node node_;
    Ticket ticket_;
    const Format format_;
    const bool whole_;
};

template <bool asks>
class Sends {
public:
    static constexpr Description description = asks ? request_description : publish_description;

    Sends(Node node, Value settings)
        : node_(node), persistent_(settings["persistent"].boolean().value_or(true)),
          mandatory_(settings["mandatory"].boolean().value_or(true)),
          timeout_(settings["timeout"].integer().value_or(0)),
          format_(format_of(settings["format"].string().value_or(""))),
          whole_(settings["output"].string() == "message"),
          prefix_(std::string(node.name()) + "-" + std::to_string(node.wall()) + "-"),
          sender_(node, server_in(settings), asks) {}

    static std::optional<Mistake> check(const flowrun_host*, Value settings) { return mistake_in_url(settings); }

    Status handle(Call call, std::uint32_t, Value message) {
        try {
            return send(call, message);
        } catch (const Unset&) { return call.setting_status(); }
    }

    void stop() { sender_.stop(); }

private:
    Status send(Call call, Value message) {
        const Value given_body = given(call, body);
        Body content = body_of(given_body ? given_body : message);
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
        add_headers(letter.properties, given(call, headers));
        if (const std::string trace = call.traceparent(); !trace.empty())
            letter.properties.header("traceparent", std::string_view(trace));
        constexpr std::size_t most_beside = 96 << 10;
        if (letter.properties.size() > most_beside) throw Failure(Status::invalid, "the headers have more than 96 KB");
        std::string correlation;
        if constexpr (asks) {
            correlation = prefix_ + std::to_string(++count_);
            letter.properties.correlation_id(correlation);
            letter.properties.reply_to(reply_queue);
        }
        Ticket ticket = call.pend();
        if (!ticket) throw Failure(Status::internal, "nothing can be sent from here");
        auto errand = std::make_unique<Sending>(node_, std::move(ticket), format_, whole_);
        if constexpr (!asks) errand->message = message.keep();
        errand->letter = std::move(letter);
        errand->body = std::move(content.bytes);
        errand->correlation = std::move(correlation);
        errand->by = node_.now() + timeout_;
        sender_.take(std::move(errand));
        return Status::pending;
    }

    const Node node_;
    const bool persistent_, mandatory_;
    const std::int64_t timeout_;
    const Format format_;
    const bool whole_;
    const std::string prefix_;  // of correlation ids
    std::atomic<std::uint64_t> count_{0};
    Sender sender_;
};

}  // namespace

constinit const flowrun_component publish_component = sdk::component<Sends<false>>();
constinit const flowrun_component request_component = sdk::component<Sends<true>>();

}  // namespace flowrun::amqp
