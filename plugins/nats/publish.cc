// nats.publish, nats.request: send messages to subjects of others. The call is pending meanwhile; no thread waits.

#include <flowrun/component.hh>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "broker/body.hh"
#include "broker/cloud_event.hh"
#include "broker/given.hh"
#include "carrier.hh"
#include "components.hh"
#include "formats/joined.hh"
#include "verbs.hh"

namespace flowrun::nats {
namespace {

using namespace sdk;
using formats::joined;

// The settings that both share come first, so that a setting has the same number in each.
constexpr std::string_view shared_settings =
    R"json({"type": "object", "required": ["url", "subject"], "properties": {
        "url": {"type": "string", "x-secret": true, "minLength": 1,
                "description": "The server: nats://user:password@host:4222; its query may have tls=on, ca, cert, key and creds (files)"},
        "subject": {"type": "string", "x-message": true, "minLength": 1, "description": "Where to"},
        "headers": {"type": "object", "x-message": true, "description": "Names and values: texts as they are, others as JSON; those that are null are left out"},
        "body": {"x-message": true, "description": "What to send: a string or bytes as they are, any other value as JSON; left out: the message"},
        "timeout": {"x-duration": true, "default": "30s", "exclusiveMinimum": 0, "description": "How long the answer may take"},)json";
constexpr std::string_view publish_settings = R"json(
        "message_id": {"type": "string", "x-message": true, "description": "By which JetStream knows one that comes twice (Nats-Msg-Id); left out: the message's own id, where it has one"},
        "to": {"type": "string", "enum": ["stream", "listeners"], "default": "stream",
               "description": "stream: done once a stream of JetStream holds it; listeners: once the server has it, whoever hears it"},)json";
constexpr std::string_view settings_end = "}}";
constexpr std::string_view request_settings = R"json(
        "output": {"type": "string", "enum": ["body", "message"], "default": "body",
                   "description": "What is sent on: the answer's body, or {body, headers, subject} as of nats.consume"},
        "format": {"type": "string", "enum": ["auto", "json", "text", "bytes"], "default": "auto",
                   "description": "What the answer is read as; auto: JSON where its Content-Type says so, else text, or bytes where it is not UTF-8"}}})json";

enum Setting : std::uint32_t { subject = 1, headers = 2, body = 3, message_id = 5, cloud_event = 7 };

constexpr std::string_view id_header = "Nats-Msg-Id";
constexpr std::uint32_t flags = FLOWRUN_REENTRANT | FLOWRUN_COOPERATIVE;
constexpr Description publish_description{
    .id = "nats.publish",
    .summary = "Sends each message to a subject of NATS",
    .doc =
        "The message is done with when a stream of JetStream holds it, or with to: listeners when the server has it; "
        "then it is sent on as it came. A subject that no stream takes, a server that is not there or does not answer "
        "in time are worth trying again; then the message may arrive twice, which JetStream notices within two "
        "minutes by message_id. What is larger than the server takes is invalid.",
    .settings = joined<shared_settings, publish_settings, broker::cloud_event_setting, broker::cloud_event_mode_setting,
                       settings_end>,
    .ports = R"({"in": {"in": "Messages"}, "out": {"out": "The same, once they are held"}})",
    .flags = flags};
constexpr Description request_description{
    .id = "nats.request",
    .summary = "Sends each message to a subject of NATS and passes on what is answered",
    .doc =
        "Whoever hears the subject answers to the message's reply subject; nats.consume does so with the flow's reply. "
        "The first answer counts; one that comes too late is logged (info). That nobody hears the subject is known at "
        "once (unavailable). An answer with the header flowrun-error is that failure.",
    .settings = joined<shared_settings, request_settings>,
    .ports = R"({"in": {"in": "Messages"}, "out": {"out": "The answers"}})",
    .flags = flags};

// Spaces and wildcards are for those who listen.
std::string subject_in(Call call) {
    std::string text = broker::given_text(call, subject);
    if (text.empty() || text.find_first_of(std::string_view(" \t\r\n\0*>", 7)) != text.npos || text.front() == '.' ||
        text.back() == '.' || text.find("..") != text.npos)
        throw Failure(Status::invalid, "'" + text + "' is no subject to send to");
    return text;
}

template <bool asks>
class Sends {
public:
    static constexpr Description description = asks ? request_description : publish_description;

    Sends(Node node, Value settings) : Sends(node, settings, broker::url_in(settings, url_of)) {}

    static std::optional<Mistake> check(const flowrun_host*, Value settings) {
        return broker::mistake_in_url(settings, url_of);
    }

    Status handle(Call call, std::uint32_t, Value message) {
        try {
            return send(call, message);
        } catch (const broker::Unset&) { return call.setting_status(); }
    }

    void stop() { sender_.stop(); }

private:
    Sends(Node node, Value settings, const broker::Url& url)
        : node_(node), timeout_(settings["timeout"].integer().value_or(0)), format_(broker::format_in(settings)),
          whole_(settings["output"].string() == "message"),
          structured_(settings["cloudevent_mode"].string() == "structured"),
          to_listeners_(settings["to"].string() == "listeners"),
          sender_(node, url.server(default_port),
                  [url](broker::Office& office) { return std::make_unique<Carrier>(url, office); }) {}

    using Headers = std::vector<std::pair<std::string, std::string>>;

    // An event is in the body, or beside it in headers.
    void add_event(Call call, Value attributes, Headers& lines, broker::Body& content) const {
        const auto id =
            std::find_if(lines.begin(), lines.end(), [](const auto& line) { return line.first == id_header; });
        const broker::CloudEvent event(
            attributes, broker::origin_of(call, node_, id == lines.end() ? std::string_view() : id->second),
            std::move(content));
        content = structured_ ? event.structured() : event.data();
        if (structured_) return;
        event.each_attribute([&](std::string_view name, std::string_view text) {
            lines.emplace_back("ce-" + std::string(name), broker::percent_of(text));
        });
        lines.emplace_back("ce-datacontenttype", broker::percent_of(event.content_type()));
        lines.emplace_back("Content-Type", event.content_type());
    }

    Headers headers_in(Call call) const {
        Headers lines;
        for (auto [name, value] : broker::given(call, headers).entries()) {
            if (!value.is(Kind::null)) lines.emplace_back(name, broker::text_of(value));
        }
        if (const std::string trace = call.traceparent(); !trace.empty()) lines.emplace_back("traceparent", trace);
        if constexpr (!asks) {
            const flowrun_meta meta = call.meta();
            std::string id = broker::given_text(call, message_id);
            if (id.empty() && meta.id != nullptr) id.assign(meta.id, meta.id_size);
            if (!id.empty()) lines.emplace_back(id_header, std::move(id));
        }
        return lines;
    }

    Status send(Call call, Value message) {
        auto lines = headers_in(call);
        std::string to = subject_in(call);
        const Value given_body = broker::given(call, body);
        broker::Body content = broker::body_of(given_body ? given_body : message);
        if constexpr (!asks) {
            if (const Value event = broker::given(call, cloud_event)) add_event(call, event, lines, content);
        }
        Ticket ticket = call.pend();
        if (!ticket) throw Failure(Status::internal, "nothing can be sent from here");
        auto letter = std::make_unique<Letter>(node_, std::move(ticket));
        if constexpr (!asks) letter->waiting.message = message.keep();
        letter->to = std::move(to);
        letter->content = std::move(content);
        letter->headers = std::move(lines);
        letter->echoes = to_listeners_;
        letter->asks = asks;
        letter->whole = whole_;
        letter->format = format_;
        letter->by = node_.now() + timeout_;
        sender_.take(std::move(letter));
        return Status::pending;
    }

    const Node node_;
    const std::int64_t timeout_;
    const broker::Format format_;
    const bool whole_, structured_, to_listeners_;
    broker::Sender sender_;
};

}  // namespace

constinit const flowrun_component publish_component = sdk::component<Sends<false>>();
constinit const flowrun_component request_component = sdk::component<Sends<true>>();

}  // namespace flowrun::nats
