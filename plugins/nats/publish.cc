// nats.publish, nats.request: send messages to subjects of others. The call is pending meanwhile; no thread waits.

#include <flowrun/component.hh>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "body.hh"
#include "broker/json.hh"
#include "components.hh"
#include "formats/joined.hh"
#include "sender.hh"
#include "url_setting.hh"

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
               "description": "stream: done once a stream of JetStream holds it; listeners: once the server has it, whoever hears it"}}})json";
constexpr std::string_view request_settings = R"json(
        "output": {"type": "string", "enum": ["body", "message"], "default": "body",
                   "description": "What is sent on: the answer's body, or {body, headers, subject} as of nats.consume"},
        "format": {"type": "string", "enum": ["auto", "json", "text", "bytes"], "default": "auto",
                   "description": "What the answer is read as; auto: JSON where its Content-Type says so, else text, or bytes where it is not UTF-8"}}})json";

enum Setting : std::uint32_t { subject = 1, headers = 2, body = 3, message_id = 5 };

constexpr std::uint32_t flags = FLOWRUN_REENTRANT | FLOWRUN_COOPERATIVE;
constexpr Description publish_description{
    .id = "nats.publish",
    .summary = "Sends each message to a subject of NATS",
    .doc =
        "The message is done with when a stream of JetStream holds it, or with to: listeners when the server has it; "
        "then it is sent on as it came. A subject that no stream takes, a server that is not there or does not answer "
        "in time are worth trying again; then the message may arrive twice, which JetStream notices within two "
        "minutes by message_id. What is larger than the server takes is invalid.",
    .settings = joined<shared_settings, publish_settings>,
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

// The evaluation of a setting has failed; the call knows how.
struct Unset {};

Value given(Call call, std::uint32_t setting) {
    const Value value = call.setting(setting);
    if (!value && is_error(call.setting_status())) throw Unset{};
    return value.is(Kind::null) ? Value() : value;
}

std::string text_in(Call call, std::uint32_t setting) {
    const Value value = given(call, setting);
    return value.is(Kind::string) ? std::string(*value.text()) : value ? value.json() : std::string();
}

// Spaces and wildcards are for those who listen.
std::string subject_in(Call call) {
    std::string text = text_in(call, subject);
    if (text.empty() || text.find_first_of(std::string_view(" \t\r\n\0*>", 7)) != text.npos || text.front() == '.' ||
        text.back() == '.' || text.find("..") != text.npos)
        throw Failure(Status::invalid, "'" + text + "' is no subject to send to");
    return text;
}

// A call that waits until its message has been sent and answered.
class Sending final : public Errand {
public:
    Sending(Node node, Ticket ticket, Format format, bool whole, bool asks)
        : node_(node), ticket_(std::move(ticket)), format_(format), whole_(whole), asks_(asks) {}

    Kept message{};  // what is sent on; of a request the answer
    std::string to{};
    Body content{};
    std::vector<std::pair<std::string, std::string>> lines{};  // headers

    Msg letter(const std::string& reply) override {
        Msg made = plain_letter(to, reply, content);
        for (const auto& [name, value] : lines) add_header(made, name, value);
        return made;
    }
    void failed(const Failure& failure) override { (void)ticket_.fail(failure); }
    void answered(const Msg& msg) override {
        try {
            if (asks_) read(msg);
            else if (!echoes) must_be_held(msg);
        } catch (const Failure& failure) { return failed(failure); }
        pass_on();
    }

private:
    void read(const Msg& msg) {
        if (const std::string_view code = header_of(msg, "flowrun-error"); !code.empty()) {
            throw Failure(Status::failed,
                          "answered with an error (" + std::string(code) + "): " + std::string(body_of(msg)));
        }
        Builder build(node_.values());
        if (whole_) build_message(build, msg, format_);
        else build_body(build, msg, format_);
        message = build.finish().keep();
        if (!message) throw Failure(Status::invalid, "the answer holds text that is not UTF-8");
    }
    static void must_be_held(const Msg& msg) {
        const auto answer = broker::Json::parse(body_of(msg));
        if (answer && answer->has("stream") && !answer->has("error")) return;
        const std::string why = answer ? (*answer)["error"]["description"].text() : std::string();
        throw Failure(Status::unavailable, why.empty() ? "somebody else than a stream has answered" : why);
    }

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
    const bool whole_, asks_;
};

template <bool asks>
class Sends {
public:
    static constexpr Description description = asks ? request_description : publish_description;

    Sends(Node node, Value settings)
        : node_(node), timeout_(settings["timeout"].integer().value_or(0)),
          format_(format_of(settings["format"].string().value_or(""))),
          whole_(settings["output"].string() == "message"), to_listeners_(settings["to"].string() == "listeners"),
          sender_(node, url_in(settings)) {}

    static std::optional<Mistake> check(const flowrun_host*, Value settings) { return mistake_in_url(settings); }

    Status handle(Call call, std::uint32_t, Value message) {
        try {
            return send(call, message);
        } catch (const Unset&) { return call.setting_status(); }
    }

    void stop() { sender_.stop(); }

private:
    Status send(Call call, Value message) {
        auto lines = std::vector<std::pair<std::string, std::string>>();
        for (auto [name, value] : given(call, headers).entries()) {
            if (value.is(Kind::null)) continue;
            const auto text = value.text();
            lines.emplace_back(name, text ? std::string(*text) : value.json());
        }
        if (const std::string trace = call.traceparent(); !trace.empty()) lines.emplace_back("traceparent", trace);
        if constexpr (!asks) {
            const flowrun_meta meta = call.meta();
            std::string id = text_in(call, message_id);
            if (id.empty() && meta.id != nullptr) id.assign(meta.id, meta.id_size);
            if (!id.empty()) lines.emplace_back("Nats-Msg-Id", std::move(id));
        }
        std::string to = subject_in(call);
        const Value given_body = given(call, body);
        Body content = body_of(given_body ? given_body : message);
        Ticket ticket = call.pend();
        if (!ticket) throw Failure(Status::internal, "nothing can be sent from here");
        auto errand = std::make_unique<Sending>(node_, std::move(ticket), format_, whole_, asks);
        if constexpr (!asks) errand->message = message.keep();
        errand->to = std::move(to);
        errand->content = std::move(content);
        errand->lines = std::move(lines);
        errand->echoes = to_listeners_;
        errand->by = node_.now() + timeout_;
        sender_.take(std::move(errand));
        return Status::pending;
    }

    const Node node_;
    const std::int64_t timeout_;
    const Format format_;
    const bool whole_, to_listeners_;
    Sender sender_;
};

}  // namespace

constinit const flowrun_component publish_component = sdk::component<Sends<false>>();
constinit const flowrun_component request_component = sdk::component<Sends<true>>();

}  // namespace flowrun::nats
