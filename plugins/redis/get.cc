// redis.get: what the server has under a key.

#include <flowrun/component.hh>

#include <optional>
#include <string>
#include <vector>

#include "broker/body.hh"
#include "components.hh"
#include "sends.hh"

namespace flowrun::redis {
namespace {

using namespace sdk;

enum Setting : std::uint32_t { key = 1 };
enum Port : std::uint32_t { out, missing };

struct Get {
    static constexpr Description description = {
        .id = "redis.get",
        .summary = "Sends on what Redis has under a key",
        .doc =
            "A key that is not there is no failure: the message leaves by the port missing as it came. One that holds "
            "something else than a string fails for good; a server that is not there or does not answer in time is "
            "worth trying again.",
        .settings = R"json({"type": "object", "required": ["url", "key"], "properties": {
        "url": {"type": "string", "x-secret": true, "minLength": 1,
                "description": "The server: redis://user:password@host:6379/database"},
        "key": {"type": "string", "x-message": true, "minLength": 1, "description": "The key"},
        "format": {"type": "string", "enum": ["auto", "json", "text", "bytes"], "default": "auto",
                   "description": "What the value is read as; auto: text, or bytes where it is not UTF-8"},
        "output": {"type": "string", "enum": ["value", "both"], "default": "value",
                   "description": "What is sent on: the value, or {message, value}"},
        "timeout": {"x-duration": true, "default": "30s", "exclusiveMinimum": 0, "description": "How long the answer may take"}}})json",
        .ports =
            R"({"in": {"in": "Messages"}, "out": {"out": "The values", "missing": "Messages whose key is not there"}})",
        .flags = FLOWRUN_REENTRANT | FLOWRUN_COOPERATIVE | FLOWRUN_IDEMPOTENT};

    Get(Node, Value settings) : format(broker::format_in(settings)), both(settings["output"].string() == "both") {}

    static std::optional<Mistake> check(Value settings) { return broker::mistake_in_url(settings, url_of); }

    std::vector<std::string> words(Call call, Value) const { return {"GET", broker::given_text(call, key)}; }

    void hear(const redisReply& reply, broker::Waiting& waiting) const {
        if (reply.type == REDIS_REPLY_NIL) return waiting.pass_on(missing);
        const Value message = waiting.message.get();
        waiting.pass_on([&](Build& build) {
            if (both) build.map().key("message").value(message).key("value");
            broker::build_body(build, text_of(reply), {}, format);
            if (both) build.end();
        });
    }

    const broker::Format format;
    const bool both;
};

}  // namespace

constinit const flowrun_component get_component = sdk::component<Sends<Get>>();

}  // namespace flowrun::redis
