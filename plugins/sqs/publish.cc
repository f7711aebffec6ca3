// sqs.publish: sends messages to a queue of SQS. The call is pending meanwhile; no thread waits.

#include <flowrun/component.hh>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "broker/given.hh"
#include "carrier.hh"
#include "components.hh"
#include "content.hh"
#include "receiver.hh"

namespace flowrun::sqs {
namespace {

using namespace sdk;

constexpr const char* publish_settings =
    R"json({"type": "object", "required": ["url", "queue"], "properties": {
        "url": {"type": "string", "minLength": 1,
                "description": "Where SQS is: sqs://eu-central-1; its query may have endpoint, profile, account and ca"},
        "queue": {"type": "string", "minLength": 1, "description": "The queue's name in SQS; it must be there"},
        "body": {"x-message": true, "description": "What to send: a string or bytes as they are, any other value as JSON; left out: the message"},
        "attributes": {"type": "object", "x-message": true, "description": "Names and values, ten at the most: texts, numbers and bytes as they are, others as JSON; those that are null are left out"},
        "delay": {"x-duration": true, "x-message": true, "description": "How long nobody is given it, up to 15 minutes; not in a FIFO queue; left out: as the queue has it"},
        "group": {"type": "string", "x-message": true, "description": "Of a FIFO queue: those of a group keep their order; left out: all are one"},
        "deduplication_id": {"type": "string", "x-message": true, "description": "Of a FIFO queue: by which SQS knows one that comes twice within five minutes; left out: the message's own id, where it has one"},
        "linger": {"x-duration": true, "default": "0s", "description": "How long fewer than ten wait for more, to be sent as one batch"},
        "timeout": {"x-duration": true, "default": "30s", "exclusiveMinimum": 0, "description": "How long the answer may take"}}})json";

enum Setting : std::uint32_t { body = 2, attributes = 3, delay = 4, group = 5, deduplication_id = 6 };

class Publish {
public:
    static constexpr Description description = {
        .id = "sqs.publish",
        .summary = "Sends each message to a queue of Amazon SQS",
        .doc =
            "The message is done with when SQS has it; then it is sent on as it came. What comes at the same time goes "
            "as one batch of up to ten. A server that cannot be reached, or does not answer in time, is worth trying "
            "again; then the message may arrive twice, which a FIFO queue notices by deduplication_id. Bytes that are "
            "no text go as base64, which sqs.consume undoes. What is larger than the queue takes is invalid.",
        .settings = publish_settings,
        .ports = R"({"in": {"in": "Messages"}, "out": {"out": "The same, once SQS has them"}})",
        .flags = FLOWRUN_REENTRANT | FLOWRUN_COOPERATIVE,
    };

    Publish(Node node, Value settings)
        : Publish(node, settings,
                  {broker::url_in(settings, plain_place_of), std::string(settings["queue"].string().value_or("")),
                   settings["linger"].integer().value_or(0)}) {}

    static std::optional<Mistake> check(const flowrun_host*, Value settings) {
        return broker::mistake_in_url(settings, plain_place_of);
    }

    Status handle(Call call, std::uint32_t, Value message) {
        try {
            return send(call, message);
        } catch (const broker::Unset&) { return call.setting_status(); }
    }
    void stop() { sender_.stop(); }

private:
    static constexpr std::int64_t longest_delay = 900;  // seconds

    Publish(Node node, Value settings, const Carrier::Settings& where)
        : node_(node), timeout_(settings["timeout"].integer().value_or(0)), fifo_(where.queue.ends_with(fifo_ending)),
          sender_(node, where.place.name(),
                  [where](broker::Office& office) { return std::make_unique<Carrier>(where, office); }) {}

    Way way_of(Call call) const {
        Way way;
        if (const std::int64_t after = broker::given(call, delay).integer().value_or(0); after > 0)
            way.delay = Receiver::seconds(after);
        if (way.delay > longest_delay)
            throw Failure(Status::invalid, "SQS holds a message back for 15 minutes at the most");
        if (!fifo_) return way;
        if (way.delay != 0) throw Failure(Status::invalid, "a FIFO queue holds no single message back");
        const flowrun_meta meta = call.meta();
        const std::string wanted = broker::given_text(call, group);
        way.group = wanted.empty() ? "flowrun" : wanted;
        way.deduplication = broker::given_text(call, deduplication_id);
        if (way.deduplication.empty() && meta.id != nullptr) way.deduplication = token_of({meta.id, meta.id_size});
        return way;
    }
    Status send(Call call, Value message) {
        const Way way = way_of(call);
        std::vector<std::pair<std::string, Value>> all;
        for (auto [name, value] : broker::given(call, attributes).entries()) all.emplace_back(name, value);
        const Value body_given = broker::given(call, body);
        Entry entry = plain_entry(body_given ? body_given : message, all, way);
        Ticket ticket = call.pend();
        if (!ticket) throw Failure(Status::internal, "nothing can be sent from here");
        auto letter = std::make_unique<Letter>(node_, std::move(ticket));
        letter->waiting.message = message.keep();
        letter->entry = std::move(entry);
        letter->by = node_.now() + timeout_;
        sender_.take(std::move(letter));
        return Status::pending;
    }

    const Node node_;
    const std::int64_t timeout_;
    const bool fifo_;
    broker::Sender sender_;
};

}  // namespace

constinit const flowrun_component publish_component = sdk::component<Publish>();

}  // namespace flowrun::sqs
