// nats.consume: a source that reads a consumer of JetStream, or hears a subject.

#include <flowrun/component.hh>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "broker/given.hh"
#include "broker/source.hh"
#include "components.hh"
#include "feed.hh"
#include "formats/joined.hh"
#include "verbs.hh"

namespace flowrun::nats {
namespace {

using namespace sdk;

constexpr std::string_view own_settings =
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
                   "description": "What a body is read as; auto: JSON where its Content-Type says so, else text, or bytes where it is not UTF-8; one that is not what it is to be is rejected"})json";
constexpr std::string_view settings_end = "}}";

Feed::Settings what_in(Value settings) {
    const auto text = [&](const char* name) { return std::string(settings[name].string().value_or("")); };
    return {broker::url_in(settings, url_of), text("stream"), text("consumer"), text("subject"), text("group"),
            broker::reading_in(settings)};
}

class Consume {
public:
    static constexpr Description description = {
        .id = "nats.consume",
        .summary = "Takes messages from a stream of JetStream, or hears a subject of NATS",
        .doc =
            "A message becomes {body, headers, subject}, of a stream with sequence and deliveries, else with reply_to "
            "where it has one. Of a stream it is acked when all that came of it is dealt with, "
            "behind async edges too: that a durable queue has it is enough; meanwhile its lease "
            "(ack_wait) is renewed. Of a subject the flow's reply is sent to its reply_to; of one that fails the "
            "error, with its code in the header flowrun-error. When the connection is lost it is made again. It has "
            "no end; when it is stopped it takes no more, and what it has is finished or given back. A flow's own "
            "durable edges need no such node (queue: nats://).",
        .settings = formats::joined<own_settings, broker::cloud_events_setting, settings_end>,
        .ports = R"({"out": {"out": "The messages"}})",
        .flags = FLOWRUN_COOPERATIVE,
    };

    Consume(Node node, Value settings) : Consume(node, settings, what_in(settings)) {}
    static std::vector<Mistake> check(const flowrun_host*, Value settings) {
        std::vector<Mistake> all;
        if (auto mistake = broker::mistake_in_url(settings, url_of)) all.push_back(std::move(*mistake));
        const bool stream = bool(settings["stream"]), consumer = bool(settings["consumer"]),
                   subject = bool(settings["subject"]);
        if (stream != consumer) all.push_back({"'stream' and 'consumer' go together"});
        else if (stream == subject) all.push_back({"either 'stream' and 'consumer' must be given, or 'subject'"});
        if (!subject && settings["group"]) all.push_back({"'group' is for 'subject'", "group"});
        return all;
    }

    Status run(Call call) { return source_.run(call); }
    void stop() { source_.stop(); }

private:
    Consume(Node node, Value settings, Feed::Settings what)
        : source_(node, broker::Source::settings_in(settings, what.url.server(default_port)),
                  [what](broker::Intake& intake) { return std::make_unique<Feed>(what, intake); }) {}

    broker::Source source_;
};

}  // namespace

constinit const flowrun_component consume_component = sdk::component<Consume>();

}  // namespace flowrun::nats
