// redis.publish: adds each message to a stream or a list, or tells it to a channel.

#include <flowrun/component.hh>

#include <string>
#include <vector>

#include "broker/body.hh"
#include "broker/cloud_event.hh"
#include "components.hh"
#include "formats/joined.hh"
#include "sends.hh"

namespace flowrun::redis {
namespace {

using namespace sdk;

enum Setting : std::uint32_t {
    stream = 1,
    list = 2,
    channel = 3,
    headers = 4,
    body = 5,
    message_id = 6,
    cloud_event = 9
};

constexpr std::string_view own_settings = R"json({"type": "object", "required": ["url"], "properties": {
        "url": {"type": "string", "x-secret": true, "minLength": 1,
                "description": "The server: redis://user:password@host:6379/database"},
        "stream": {"type": "string", "x-message": true, "minLength": 1, "description": "Where to: a stream, which is made if need be"},
        "list": {"type": "string", "x-message": true, "minLength": 1, "description": "Or a list"},
        "channel": {"type": "string", "x-message": true, "minLength": 1, "description": "Or a channel"},
        "headers": {"type": "object", "x-message": true, "description": "stream: names and values: texts as they are, others as JSON; those that are null are left out"},
        "body": {"x-message": true, "description": "What to send: a string or bytes as they are, any other value as JSON; left out: the message"},
        "message_id": {"type": "string", "x-message": true, "description": "stream: by which a receiver knows one that comes twice; left out: the message's own id, where it has one"},
        "max_length": {"type": "integer", "minimum": 1, "description": "stream: about how many of its newest entries are kept; left out: all"},
        "timeout": {"x-duration": true, "default": "30s", "exclusiveMinimum": 0, "description": "How long the answer may take"},)json";
constexpr std::string_view settings_end = "}}";

struct Publish {
    static constexpr Description description = {
        .id = "redis.publish",
        .summary = "Adds each message to a stream or a list of Redis, or tells it to a channel",
        .doc =
            "In a stream a message is an entry with the fields body, content-type, flowrun-id and traceparent, and one "
            "of "
            "each header. In a list (at its end) and on a channel it is its body. It is sent on as it came when the "
            "server "
            "has it; on a channel whoever listens, and perhaps nobody. A CloudEvent is the body, in structured mode. "
            "One that is tried again after its answer was "
            "lost "
            "may be there twice, in a stream with the same flowrun-id.",
        .settings = formats::joined<own_settings, broker::cloud_event_setting, settings_end>,
        .ports = R"({"in": {"in": "Messages"}, "out": {"out": "The same, once the server has them"}})",
        .flags = FLOWRUN_REENTRANT | FLOWRUN_COOPERATIVE};

    Publish(Node at, Value settings) : node(at) {
        if (const auto most = settings["max_length"].integer()) max_length = std::to_string(*most);
    }

    static std::vector<Mistake> check(Value settings) {
        std::vector<Mistake> all;
        if (auto mistake = broker::mistake_in_url(settings, url_of)) all.push_back(std::move(*mistake));
        const bool to_stream = bool(settings["stream"]);
        if (int{to_stream} + int{bool(settings["list"])} + int{bool(settings["channel"])} != 1)
            all.push_back({"one of 'stream', 'list' and 'channel' must be given"});
        for (const char* name : {"headers", "message_id", "max_length"}) {
            if (!to_stream && settings[name]) all.push_back({"'" + std::string(name) + "' is for 'stream'", name});
        }
        return all;
    }

    std::vector<std::string> words(Call call, Value message) const {
        const Value given_body = broker::given(call, body);
        broker::Body content = broker::body_of(given_body ? given_body : message);
        std::string id = broker::given_text(call, message_id);
        const flowrun_meta meta = call.meta();
        if (id.empty() && meta.id != nullptr) id.assign(meta.id, meta.id_size);
        if (const Value event = broker::given(call, cloud_event))
            content = broker::CloudEvent(event, broker::origin_of(call, node, id), std::move(content)).structured();
        if (const Value to = broker::given(call, list)) return {"RPUSH", broker::text_of(to), std::move(content.bytes)};
        if (const Value to = broker::given(call, channel))
            return {"PUBLISH", broker::text_of(to), std::move(content.bytes)};
        std::vector<std::string> all{"XADD", broker::given_text(call, stream)};
        if (!max_length.empty()) all.insert(all.end(), {"MAXLEN", "~", max_length});
        all.insert(all.end(), {"*", "body", std::move(content.bytes), "content-type", std::string(content.type)});
        if (!id.empty()) all.insert(all.end(), {"flowrun-id", std::move(id)});
        for (auto [name, value] : broker::given(call, headers).entries()) {
            if (!value.is(Kind::null)) all.insert(all.end(), {std::string(name), broker::text_of(value)});
        }
        if (std::string trace = call.traceparent(); !trace.empty())
            all.insert(all.end(), {"traceparent", std::move(trace)});
        return all;
    }

    void hear(const redisReply&, broker::Waiting& waiting) const { waiting.pass_on(); }

    const Node node;
    std::string max_length{};
};

}  // namespace

constinit const flowrun_component publish_component = sdk::component<Sends<Publish>>();

}  // namespace flowrun::redis
