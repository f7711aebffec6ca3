// redis.set: puts something under a key.

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

enum Setting : std::uint32_t { key = 1, value = 2, ttl = 3 };
enum Port : std::uint32_t { out, kept };
constexpr std::int64_t millisecond = 1'000'000;

struct Set {
    static constexpr Description description = {
        .id = "redis.set",
        .summary = "Puts a value under a key of Redis",
        .doc =
            "The message is sent on as it came when the server has it. With only: absent nothing that is there is "
            "changed, with only: present nothing is made; then the message leaves by the port kept. Of a message that "
            "is "
            "tried again after its answer was lost, only: absent finds its own value there.",
        .settings = R"json({"type": "object", "required": ["url", "key"], "properties": {
        "url": {"type": "string", "x-secret": true, "minLength": 1,
                "description": "The server: redis://user:password@host:6379/database"},
        "key": {"type": "string", "x-message": true, "minLength": 1, "description": "The key"},
        "value": {"x-message": true, "description": "What to put there: a string or bytes as they are, any other value as JSON; left out: the message"},
        "ttl": {"x-duration": true, "x-message": true, "exclusiveMinimum": 0, "description": "How long it stays, to the millisecond; left out: for ever"},
        "only": {"type": "string", "enum": ["always", "absent", "present"], "default": "always",
                 "description": "Whether it is put there also where there is a value, or is none"},
        "timeout": {"x-duration": true, "default": "30s", "exclusiveMinimum": 0, "description": "How long the answer may take"}}})json",
        .ports =
            R"({"in": {"in": "Messages"}, "out": {"out": "The same, once the server has the value", "kept": "Messages for which 'only' let nothing be changed"}})",
        .flags = FLOWRUN_REENTRANT | FLOWRUN_COOPERATIVE};

    Set(Node, Value settings) : only(settings["only"].string().value_or("always")) {}

    static std::optional<Mistake> check(Value settings) { return broker::mistake_in_url(settings, url_of); }

    std::vector<std::string> words(Call call, Value message) const {
        const Value given = broker::given(call, value);
        std::vector<std::string> all{"SET", broker::given_text(call, key),
                                     broker::body_of(given ? given : message).bytes};
        if (const Value lasts = broker::given(call, ttl)) {
            const std::int64_t ms = lasts.integer().value_or(0) / millisecond;
            if (ms <= 0) throw Failure(Status::invalid, "setting 'ttl' is less than a millisecond");
            all.insert(all.end(), {"PX", std::to_string(ms)});
        }
        if (only == "absent") all.emplace_back("NX");
        if (only == "present") all.emplace_back("XX");
        return all;
    }

    void hear(const redisReply& reply, broker::Waiting& waiting) const {
        waiting.pass_on(reply.type == REDIS_REPLY_NIL ? kept : out);
    }

    const std::string only;
};

}  // namespace

constinit const flowrun_component set_component = sdk::component<Sends<Set>>();

}  // namespace flowrun::redis
