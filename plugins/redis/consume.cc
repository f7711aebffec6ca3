// redis.consume: a source that reads a stream as a consumer of a group, or hears a channel.

#include <flowrun/component.hh>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "broker/given.hh"
#include "broker/source.hh"
#include "channel.hh"
#include "components.hh"
#include "consumer.hh"
#include "feed.hh"
#include "formats/joined.hh"
#include "verbs.hh"

namespace flowrun::redis {
namespace {

using namespace sdk;

constexpr std::int64_t second = 1'000'000'000;
constexpr std::string_view own_settings =
    R"json({"type": "object", "required": ["url"], "properties": {
        "url": {"type": "string", "x-secret": true, "minLength": 1,
                "description": "The server: redis://user:password@host:6379/database"},
        "stream": {"type": "string", "minLength": 1, "description": "A stream"},
        "group": {"type": "string", "minLength": 1, "description": "Its consumer group; both are made if need be"},
        "consumer": {"type": "string", "minLength": 1, "description": "stream: its name in the group, which nobody else has; left out: one that is made up"},
        "from": {"type": "string", "enum": ["beginning", "now"], "default": "beginning", "description": "stream: where a group begins that is made"},
        "channel": {"type": "string", "minLength": 1, "description": "Instead of these: what to hear, a pattern of PSUBSCRIBE; nothing is kept for who is not there"},
        "prefetch": {"type": "integer", "minimum": 1, "maximum": 65535, "default": 16,
                     "description": "How many messages the flow has at a time; of a channel others wait in memory, up to 65,536, and what is beyond is lost"},
        "lease": {"x-duration": true, "default": "30s", "minimum": 1000000000, "description": "stream: how long one that has died keeps a message from others; renewed while it is in the flow"},
        "ack": {"type": "string", "enum": ["delivered", "received"], "default": "delivered",
                "description": "stream: when a message is done with: once the flow has dealt with it, or as soon as it has come"},
        "on_failure": {"type": "string", "enum": ["auto", "requeue", "reject"], "default": "auto",
                       "description": "stream: of a message that fails: requeue gives it back to the group, reject acks it, see dead; auto: reject where trying again is useless (invalid, permanent, internal) or 'deliveries' are used up, else requeue"},
        "requeue_after": {"x-duration": true, "default": "1s", "description": "stream: how long it is kept before it is given back"},
        "deliveries": {"type": "integer", "minimum": 1, "default": 20,
                       "description": "stream: how often a message may have been given out before auto rejects it; beyond that it is rejected unseen"},
        "dead": {"type": "string", "minLength": 1, "description": "stream: another stream, to which what is rejected is added"},
        "format": {"type": "string", "enum": ["auto", "json", "text", "bytes"], "default": "auto",
                   "description": "What a body is read as; auto: JSON where its content-type says so, else text, or bytes where it is not UTF-8; one that is not what it is to be is rejected"})json";
constexpr std::string_view settings_end = "}}";

broker::Source::Connect connect_in(Node node, Value settings, const broker::Url& url) {
    const auto text = [&](const char* name) { return std::string(settings[name].string().value_or("")); };
    if (settings["channel"]) {
        return [what = Channel::Settings{url, text("channel"), broker::reading_in(settings)}](broker::Intake& intake) {
            return std::make_unique<Channel>(what, intake);
        };
    }
    Feed::Settings what;
    what.url = url;
    what.group = {text("stream"), text("group"), text("consumer"), text("dead"), !settings["consumer"]};
    if (what.group.is_passing) what.group.consumer = new_consumer(node.wall());
    what.from = settings["from"].string() == "now" ? "$" : "0";
    what.lease = settings["lease"].integer().value_or(30 * second);
    what.deliveries = settings["deliveries"].unsigned_integer().value_or(20);
    what.reading = broker::reading_in(settings);
    return [what](broker::Intake& intake) { return std::make_unique<Feed>(what, intake); };
}

class Consume {
public:
    static constexpr Description description = {
        .id = "redis.consume",
        .summary = "Takes messages from a stream of Redis, or hears a channel",
        .doc =
            "A message of a stream becomes {body, headers, id, deliveries}: its field body and the others; one without "
            "that "
            "field has all of them as its body. Of a channel it becomes {body, channel}. Of a stream it is acked when "
            "all that came of it is dealt with, behind async edges too: that a durable queue has it is enough; it "
            "stays in the stream. What a consumer has not acked within its lease another "
            "is "
            "given. When the connection is lost it is made again. It has no end; when it is stopped it takes no more, "
            "and "
            "what it has is finished or given back. A flow's own durable edges need no such node (queue: redis://).",
        .settings = formats::joined<own_settings, broker::cloud_events_setting, settings_end>,
        .ports = R"({"out": {"out": "The messages"}})",
        .flags = FLOWRUN_COOPERATIVE,
    };

    Consume(Node node, Value settings) : Consume(node, settings, broker::url_in(settings, url_of)) {}
    static std::vector<Mistake> check(const flowrun_host*, Value settings) {
        std::vector<Mistake> all;
        if (auto mistake = broker::mistake_in_url(settings, url_of)) all.push_back(std::move(*mistake));
        const bool stream = bool(settings["stream"]), group = bool(settings["group"]),
                   channel = bool(settings["channel"]);
        if (stream != group) all.push_back({"'stream' and 'group' go together"});
        else if (stream == channel) all.push_back({"either 'stream' and 'group' must be given, or 'channel'"});
        for (const char* name : {"consumer", "dead"}) {
            if (channel && settings[name]) all.push_back({"'" + std::string(name) + "' is for 'stream'", name});
        }
        return all;
    }

    Status run(Call call) { return source_.run(call); }
    void stop() { source_.stop(); }

private:
    Consume(Node node, Value settings, const broker::Url& url)
        : source_(node, broker::Source::settings_in(settings, url.server(default_port)),
                  connect_in(node, settings, url)) {}

    broker::Source source_;
};

}  // namespace

constinit const flowrun_component consume_component = sdk::component<Consume>();

}  // namespace flowrun::redis
