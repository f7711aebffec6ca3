// group: gathers the messages of each key.

#include <flowrun/component.hh>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "components.hh"
#include "gathering.hh"
#include "given.hh"
#include "key.hh"

namespace flowrun::core {
namespace {

using namespace sdk;

class GroupBy {
public:
    static constexpr Description description = {
        .id = "group",
        .summary = "Gathers the messages of each key, and sends them at the end or when there are enough",
        .doc =
            "Sends {key, items}: at the end of its input for each key, in the order in which they first came. With "
            "'max' a group leaves as soon as it has so many messages, and another begins.\n"
            "It holds 'max_messages' in all, in 'max_bytes' of memory. With 'max' the group that was begun first "
            "leaves "
            "early to make room; without it groups are whole or not sent at all, so a message beyond that fails.\n"
            "The sender has ok once a message is held. A group that fails on its way goes to the port 'failed', or "
            "fails the run. To gather until a group is complete use 'join'; to send messages on together as they come "
            "give "
            "an edge a batch.",
        .settings = R"({"type": "object", "required": ["key"], "properties": {
            "key": {"x-expression": true, "description": "What the messages of a group have in common"},
            "max": {"type": "integer", "minimum": 0, "default": 0,
                    "description": "How many messages a group has at most; 0: all there are"},
            "max_messages": {"type": "integer", "minimum": 1, "default": 100000,
                             "description": "How many messages are held in all"},
            "max_bytes": {"x-size": true, "minimum": 1, "default": "256MiB",
                          "description": "How many bytes of memory these take, with their keys; a group that is sent is there twice while it is put together"}
        }})",
        .ports = R"({"in": {"in": "Messages"}, "out": {"out": "The groups, as {key, items}"}})",
        .flags = FLOWRUN_COOPERATIVE,
    };

    GroupBy(Node node, Value settings)
        : node_(node), max_(settings["max"].unsigned_integer().value_or(0)),
          max_messages_(settings["max_messages"].unsigned_integer().value_or(100'000)),
          max_bytes_(settings["max_bytes"].unsigned_integer().value_or(std::uint64_t{256} << 20U)),
          builder_(node.values()) {}

    Status handle(Call call, std::uint32_t, Value message) {
        const Given key = given(call, key_setting);
        if (key.failed()) return key.status;
        key_text(key.value, key_);
        Member member{message.keep(), {}};
        if (max_ == 0 && held_.messages() >= max_messages_) return too_many(call, max_messages_, "messages");
        if (max_ == 0 && held_.bytes() + member.memory() > max_bytes_) return too_many(call, max_bytes_, "bytes");
        Group& group = held_.at(key_, 0);
        if (group.members.empty()) group.name = key_name(key.value, key_);
        held_.add(group, std::move(member));
        if (max_ == 0) return Status::ok;
        if (group.members.size() >= max_) {
            group.traceparent = call.traceparent();
            send_now(call, held_.take(group));
        }
        while (held_.messages() > max_messages_ || held_.bytes() > max_bytes_) {
            send_now(call, held_.take(held_.oldest()));
        }
        return Status::ok;
    }

    Status end(Call call) {
        while (!held_.empty()) (void)emit(call, held_.take(held_.oldest()));
        return Status::ok;
    }

private:
    static constexpr std::uint32_t key_setting = 0;

    static Status too_many(Call call, std::uint64_t limit, const std::string& of) {
        return call.fail(Failure(Status::overflow, std::to_string(limit) + " " + of +
                                                       " are held already, the limit set by max_" + of +
                                                       "; with 'max' groups leave before the end")
                             .retry(Retry::no));
    }

    // In a call of its own: whoever sent the last message of a group does not answer for all of it.
    void send_now(Call call, const Group& group) {
        const Root root(node_);
        if (root) (void)emit(root.call(), group);
        else (void)call.raise(Failure(Status::cancelled, "the run ended before the group was sent"), built(group));
    }

    Value built(const Group& group) {
        builder_.map();
        (void)builder_.key("key").json(group.key);
        builder_.key("items");
        group.build_items(builder_);
        return builder_.end().finish();
    }

    Status emit(Call call, const Group& group) { return call.emit(0, built(group), group.meta()); }

    Node node_;
    std::uint64_t max_, max_messages_, max_bytes_;
    Builder builder_;
    Gathering held_;
    std::string key_;
};

}  // namespace

constinit const flowrun_component group_component = sdk::component<GroupBy>();

}  // namespace flowrun::core
