// distinct, also called dedupe: lets the first message of each key through.

#include <flowrun/component.hh>

#include <cstdint>
#include <string>

#include "components.hh"
#include "given.hh"
#include "key.hh"
#include "recent.hh"

namespace flowrun::core {
namespace {

using namespace sdk;

constexpr const char* distinct_doc =
    "A message is a duplicate when one of its key was let through before; without 'key' when the whole message is "
    "equal. What failed further down a sync edge was not let through, so that it can be tried again.\n"
    "Keys are kept whole, in bounded memory: beyond 'max' keys or 'max_bytes' the one that has not come for longest is "
    "forgotten, and the next message of it passes. So a first message is never dropped. Each of several 'instances' "
    "has a memory of its own: bring a key to the same one with order: by_key.";

constexpr const char* distinct_settings = R"({"type": "object", "properties": {
    "key": {"x-expression": true, "description": "What makes messages the same; left out: the whole message"},
    "ttl": {"x-duration": true, "default": "0s", "minimum": 0,
            "description": "How long a key is remembered after it was let through; 0s: for good"},
    "max": {"type": "integer", "minimum": 1, "default": 1000000, "description": "How many keys are remembered"},
    "max_bytes": {"x-size": true, "default": "256MiB", "description": "How many bytes of keys are remembered"}
}})";

constexpr const char* distinct_ports = R"({"in": {"in": "Messages"}, "out": {"out": "The first of each key",
    "duplicate": "Those whose key has been let through; without an edge they are dropped"}})";

class Distinct {
public:
    static constexpr Description description = {
        .id = "distinct",
        .summary = "Lets the first message of each key through",
        .doc = distinct_doc,
        .settings = distinct_settings,
        .ports = distinct_ports,
        .flags = FLOWRUN_COOPERATIVE,
    };

    Distinct(Node node, Value settings)
        : node_(node), ttl_(settings["ttl"].integer().value_or(0)),
          seen_({settings["max"].unsigned_integer().value_or(1'000'000),
                 settings["max_bytes"].unsigned_integer().value_or(std::uint64_t{256} << 20U)}) {}

    Status handle(Call call, std::uint32_t, Value message) {
        const Given key = given(call, key_setting);
        if (key.failed()) return key.status;
        key_text(key ? key.value : message, key_);
        const std::int64_t* const until = seen_.find(key_);
        if (until && (ttl_ == 0 || node_.now() < *until)) return call.forward(duplicate_port, message);
        const Status status = call.emit(out_port, message);
        if (is_error(status)) return status;
        if (const Value reply = call.last_reply()) call.reply(reply);
        seen_.remove(key_);  // one that is out of date
        seen_.add(key_, ttl_ == 0 ? 0 : node_.now() + ttl_);
        return Status::ok;
    }

private:
    static constexpr std::uint32_t key_setting = 0, out_port = 0, duplicate_port = 1;

    Node node_;
    std::int64_t ttl_;           // nanoseconds; 0: no end
    Recent<std::int64_t> seen_;  // until when
    std::string key_;
};

class Dedupe : public Distinct {
public:
    static constexpr Description description = {
        .id = "dedupe",
        .summary = "Another name of 'distinct'",
        .doc = distinct_doc,
        .settings = distinct_settings,
        .ports = distinct_ports,
        .flags = FLOWRUN_COOPERATIVE,
    };
    using Distinct::Distinct;
};

}  // namespace

constinit const flowrun_component dedupe_component = sdk::component<Dedupe>();
constinit const flowrun_component distinct_component = sdk::component<Distinct>();

}  // namespace flowrun::core
