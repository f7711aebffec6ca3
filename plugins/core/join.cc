// join: gathers the messages that belong together, and sends each group when it is complete.

#include <flowrun/component.hh>

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "components.hh"
#include "formats/kind.hh"
#include "gathering.hh"
#include "given.hh"
#include "key.hh"

namespace flowrun::core {
namespace {

using namespace sdk;

class Join {
public:
    static constexpr Description description = {
        .id = "join",
        .summary = "Gathers messages that belong together into a list, and sends it when it is complete",
        .doc =
            "A group is complete when it has as many messages as 'count' says of the last one, or when 'until' is true "
            "of it. Without both the messages must come of a 'split', directly or not: then meta.total says how many.\n"
            "A group that is not complete after 'timeout', or at the end of the input, leaves as 'partial' says: by "
            "the error port (code timeout, or failed at the end), or by 'out' all the same. So does the group that was "
            "begun first when more than 'max_groups', 'max_messages' or 'max_bytes' are held (code overflow). It does "
            "so "
            "at once, also while no message comes.\n"
            "The sender has ok once its message is held, so that the next can come; the sender of the last message of "
            "a group when the group is dealt with, and its reply. Nothing is lost from then on but with the process: "
            "each group that is not complete goes whole to the port 'error', one that fails further down to 'failed', "
            "as {error, msg: list}, or fails the run. To try a group again give the edge behind 'join' a retry.",
        .settings = R"({"type": "object", "properties": {
            "key": {"x-expression": true, "description": "What the messages of a group have in common; left out: all are one group at a time"},
            "count": {"type": "integer", "x-expression": true, "description": "How many messages make a group"},
            "until": {"type": "boolean", "x-expression": true,
                      "description": "Whether a message is the last of its group"},
            "order": {"x-expression": true,
                      "description": "A number or text by which the messages of a group are put in order; left out: as they came"},
            "timeout": {"x-duration": true, "default": "0s", "minimum": 0,
                        "description": "How long after its first message a group may take; 0s: any time"},
            "partial": {"type": "string", "enum": ["error", "emit"], "default": "error",
                        "description": "How a group leaves that is not complete"},
            "max_groups": {"type": "integer", "minimum": 1, "default": 10000,
                           "description": "How many groups are held"},
            "max_messages": {"type": "integer", "minimum": 1, "default": 100000,
                             "description": "How many messages are held in all"},
            "max_bytes": {"x-size": true, "minimum": 1, "default": "256MiB",
                          "description": "How many bytes of memory these take, with their keys; a group that is sent is there twice while it is put together"}
        }})",
        .ports = R"({"in": {"in": "Messages"}, "out": {"out": "The groups, each a list of its messages"}})",
        .flags = FLOWRUN_COOPERATIVE,
    };

    Join(Node node, Value settings)
        : node_(node), timeout_(settings["timeout"].integer().value_or(0)),
          max_groups_(settings["max_groups"].unsigned_integer().value_or(10'000)),
          max_messages_(settings["max_messages"].unsigned_integer().value_or(100'000)),
          max_bytes_(settings["max_bytes"].unsigned_integer().value_or(std::uint64_t{256} << 20U)),
          emit_partial_(settings["partial"].string() == "emit") {}

    // 'count' as it was written: an expression, which may be a number that no message changes.
    static std::optional<Mistake> check(const flowrun_host*, Value settings) {
        const std::string_view count = settings["count"].string().value_or("1");
        if (count.empty() || count.find_first_not_of("-0123456789") != count.npos) return std::nullopt;
        if (count[0] != '-' && count.find_first_not_of('0') != count.npos) return std::nullopt;
        return Mistake{"'count' must be at least 1, not " + std::string(count), "count"};
    }

    Status handle(Call call, std::uint32_t, Value message) {
        const Given key = given(call, key_setting), place = given(call, order_setting);
        if (key.failed()) return key.status;
        if (place.failed()) return place.status;
        std::string text;
        if (key) key_text(key.value, text);
        if (place) check_place(place.value);
        Arrival arrival;
        if (const Status status = end_of_group(call, arrival); is_error(status)) return status;

        Member member{message.keep(), place.value.keep()};
        std::optional<Group> complete;
        std::vector<Group> too_many;
        {
            const std::lock_guard lock(mutex_);
            Group& group = held_.at(text, node_.now());
            if (group.members.empty() && key) group.name = key_name(key.value, text);
            group.wanted = arrival.wanted;
            held_.add(group, std::move(member));
            if (arrival.last || (arrival.wanted > 0 && group.members.size() >= arrival.wanted)) {
                complete = held_.take(group);
            }
            while (held_.groups() > max_groups_ || held_.messages() > max_messages_ || held_.bytes() > max_bytes_) {
                too_many.push_back(held_.take(held_.oldest()));
            }
        }
        set_timer();
        for (Group& group : too_many) leave_early(call, std::move(group));
        if (complete) send(call, std::move(*complete));
        return Status::ok;
    }

    Status end(Call call) {
        for (;;) {
            std::optional<Group> group;
            {
                const std::lock_guard lock(mutex_);
                if (!held_.empty()) group = held_.take(held_.oldest());
            }
            if (!group) return Status::ok;
            leave(call, std::move(*group), Failure(Status::failed, " at the end of the input"));
        }
    }

private:
    static constexpr std::uint32_t key_setting = 0, count_setting = 1, until_setting = 2, order_setting = 3;

    struct Arrival {  // what a message says of its group
        bool last = false;
        std::uint64_t wanted = 0;  // how many messages it has; 0: that is not known
    };

    static Status end_of_group(Call call, Arrival& out) {
        const Given until = given(call, until_setting), count = given(call, count_setting);
        if (until.failed()) return until.status;
        if (count.failed()) return count.status;
        if (until) {
            const auto last = until.value.boolean();
            if (!last) throw wrong("until", until.value, "a bool");
            out.last = *last;
        }
        if (count) {
            const auto wanted = count.value.unsigned_integer();
            if (!wanted || *wanted == 0) throw wrong("count", count.value, "a number of messages");
            out.wanted = *wanted;
        } else if (!until) {
            const std::int64_t total = call.meta().total;
            if (total < 1) {
                throw Failure(Status::invalid,
                              "nothing says how many messages make its group: give 'count' or 'until'");
            }
            out.wanted = static_cast<std::uint64_t>(total);
        }
        return Status::ok;
    }

    static void check_place(Value place) {
        if (!place.real() && !place.string()) throw wrong("order", place, "a number or a string");
    }
    static Failure wrong(const char* setting, Value gave, const char* wanted) {
        const std::string shown = gave.real() ? gave.json() : formats::name_of(gave.kind());
        return {Status::invalid, std::string("'") + setting + "' gave " + shown + ", not " + wanted};
    }

    // In a call of its own: whoever sent the last message of a group does not answer for all of it.
    void send(Call call, Group group) {
        group.traceparent = call.traceparent();
        const Root root(node_);
        if (!root) return fail(call, group, Failure(Status::cancelled, "the run ended before the group was sent"));
        emit(root.call(), group);
        if (const Value reply = root.call().last_reply()) call.reply(reply);
    }

    void leave_early(Call call, Group group) {
        const std::string why = ", but " + std::to_string(max_groups_) + " groups, " + std::to_string(max_messages_) +
                                " messages or " + std::to_string(max_bytes_) +
                                " bytes are held, the limits set by max_groups, max_messages and max_bytes";
        const Root root(node_);
        leave(root ? root.call() : call, std::move(group), Failure(Status::overflow, why));
    }

    // A group that is not complete. `why` goes on after "the group 7 has 2 messages".
    void leave(Call call, Group group, const Failure& why) {
        if (emit_partial_) return emit(call, group);
        const std::size_t size = group.members.size();
        const std::string of = group.wanted > 0 ? " of " + std::to_string(group.wanted) : "";
        const char* const messages = group.wanted == 1 || (of.empty() && size == 1) ? " message" : " messages";
        const std::string named = group.key.empty() ? "the group" : "the group " + shown_key(node_, group.key);
        std::string text = named + " is not complete: it has " + std::to_string(size) + of + messages + why.what();
        fail(call, group, Failure(why.code(), std::move(text)).retry(Retry::no));
    }

    void emit(Call call, Group& group) {
        Builder builder(call.values());
        group.put_in_order();
        group.build_items(builder);
        (void)call.emit(0, builder.finish(), group.meta());
    }

    static void fail(Call call, Group& group, const Failure& failure) {
        Builder builder(call.values());
        group.put_in_order();
        group.build_items(builder);
        (void)call.raise(failure, builder.finish());
    }

    // One timer is enough: groups are late in the order in which they began.
    void set_timer() {
        std::int64_t wait = 0;
        {
            const std::lock_guard lock(mutex_);
            if (timeout_ == 0 || timer_set_ || held_.empty()) return;
            timer_set_ = true;
            wait = held_.oldest().begun + timeout_ - node_.now();
        }
        (void)node_.timer(wait, &Join::time_has_come, this);
    }

    static void time_has_come(void* user) {
        auto& self = *static_cast<Join*>(user);
        for (;;) {
            const Root root(self.node_);
            if (!root) return;  // the run is ending: `end` has what is held, and no timer is wanted any more
            std::optional<Group> late = self.take_late();
            if (!late) break;
            self.leave(root.call(), std::move(*late), Failure(Status::timeout, " after " + self.timeout_text()));
        }
        self.set_timer();
    }

    std::optional<Group> take_late() {
        const std::lock_guard lock(mutex_);
        if (!held_.empty() && held_.oldest().begun + timeout_ <= node_.now()) return held_.take(held_.oldest());
        timer_set_ = false;
        return std::nullopt;
    }

    std::string timeout_text() const {
        constexpr std::int64_t millisecond = 1'000'000, second = 1000 * millisecond;
        if (timeout_ % second == 0) return std::to_string(timeout_ / second) + "s";
        return std::to_string(timeout_ / millisecond) + "ms";
    }

    Node node_;
    std::int64_t timeout_;  // nanoseconds; 0: none
    std::uint64_t max_groups_, max_messages_, max_bytes_;
    bool emit_partial_;
    // Guards all below: a timer comes beside the handler. Never held while the host may let other threads run.
    std::mutex mutex_;
    Gathering held_;
    bool timer_set_ = false;
};

}  // namespace

constinit const flowrun_component join_component = sdk::component<Join>();

}  // namespace flowrun::core
