// nats.consume: a source that reads a consumer of JetStream, or hears a subject.

#include <flowrun/ext/source.h>
#include <flowrun/component.hh>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "components.hh"
#include "intake.hh"
#include "url_setting.hh"

namespace flowrun::nats {
namespace {

using namespace sdk;

constexpr const char* consume_settings =
    R"json({"type": "object", "required": ["url"], "properties": {
        "url": {"type": "string", "x-secret": true, "minLength": 1,
                "description": "The server: nats://user:password@host:4222; its query may have tls=on, ca, cert, key and creds (files)"},
        "stream": {"type": "string", "minLength": 1, "description": "A stream of JetStream; it must be there"},
        "consumer": {"type": "string", "minLength": 1, "description": "A durable pull consumer of it, with explicit acks; it must be there"},
        "subject": {"type": "string", "minLength": 1, "description": "Instead of these: what to hear, wildcards allowed; nothing is kept for who is not there"},
        "group": {"type": "string", "minLength": 1, "description": "subject: of those with the same group one hears each message"},
        "prefetch": {"type": "integer", "minimum": 1, "maximum": 65535, "default": 16,
                     "description": "How many messages the flow has at a time; of a subject others wait in memory, up to 65,536, and what is beyond is lost"},
        "ack": {"type": "string", "enum": ["delivered", "received"], "default": "delivered",
                "description": "stream: when a message is done with: once the flow has dealt with it, or as soon as it has come"},
        "on_failure": {"type": "string", "enum": ["auto", "requeue", "reject"], "default": "auto",
                       "description": "stream: of a message that fails: requeue gives it back (NAK), reject gives it up for good (TERM); auto: reject where trying again is useless (invalid, permanent, internal) or 'deliveries' are used up, else requeue"},
        "requeue_after": {"x-duration": true, "default": "1s", "description": "stream: how long the server waits before it gives it out again"},
        "deliveries": {"type": "integer", "minimum": 1, "default": 20,
                       "description": "stream: how often a message may have been given out before auto rejects it"},
        "format": {"type": "string", "enum": ["auto", "json", "text", "bytes"], "default": "auto",
                   "description": "What a body is read as; auto: JSON where its Content-Type says so, else text, or bytes where it is not UTF-8; one that is not what it is to be is rejected"}}})json";

Intake::Settings settings_of(Value settings) {
    const auto text = [&](const char* name) { return std::string(settings[name].string().value_or("")); };
    Intake::Settings out;
    out.url = url_in(settings);
    out.stream = text("stream");
    out.consumer = text("consumer");
    out.subject = text("subject");
    out.group = text("group");
    out.prefetch = static_cast<std::size_t>(settings["prefetch"].integer().value_or(16));
    out.ack_at_once = settings["ack"].string() == "received";
    const std::string on_failure = text("on_failure");
    out.on_failure = on_failure == "requeue"  ? Intake::OnFailure::give_back
                     : on_failure == "reject" ? Intake::OnFailure::give_up
                                              : Intake::OnFailure::automatic;
    out.retry_after = settings["requeue_after"].integer().value_or(0);
    out.deliveries = settings["deliveries"].unsigned_integer().value_or(20);
    out.format = format_of(text("format"));
    return out;
}

class Consume {
public:
    static constexpr Description description = {
        .id = "nats.consume",
        .summary = "Takes messages from a stream of JetStream, or hears a subject of NATS",
        .doc =
            "A message becomes {body, headers, subject}, of a stream with sequence and deliveries, else with reply_to "
            "where it has one. Of a stream it is acked when all behind sync edges is done, and where an async edge "
            "leads away when its queue has it: let that be durable, or sync, if none may be lost; meanwhile its lease "
            "(ack_wait) is renewed. Of a subject the flow's reply is sent to its reply_to; of one that fails the "
            "error, with its code in the header flowrun-error. When the connection is lost it is made again. It has "
            "no end; when it is stopped it takes no more, and what it has is finished or given back. A flow's own "
            "durable edges need no such node (queue: nats://).",
        .settings = consume_settings,
        .ports = R"({"out": {"out": "The messages"}})",
        .flags = FLOWRUN_COOPERATIVE,
    };

    Consume(Node node, Value settings) : intake_(node, settings_of(settings)) {
        if (const auto* source = node.extension<flowrun_source>(FLOWRUN_SOURCE_ID)) {
            source->endless(node.raw());
            source->answers(node.raw());
        }
    }
    static std::vector<Mistake> check(const flowrun_host*, Value settings) {
        std::vector<Mistake> all;
        if (auto mistake = mistake_in_url(settings)) all.push_back(std::move(*mistake));
        const bool stream = bool(settings["stream"]), consumer = bool(settings["consumer"]),
                   subject = bool(settings["subject"]);
        if (stream != consumer) all.push_back({"'stream' and 'consumer' go together"});
        else if (stream == subject) all.push_back({"either 'stream' and 'consumer' must be given, or 'subject'"});
        if (!subject && settings["group"]) all.push_back({"'group' is for 'subject'", "group"});
        return all;
    }

    Status run(Call call) {
        intake_.run(call);
        return Status::ok;
    }
    void stop() { intake_.wake(); }

private:
    Intake intake_;
};

}  // namespace

constinit const flowrun_component consume_component = sdk::component<Consume>();

}  // namespace flowrun::nats
