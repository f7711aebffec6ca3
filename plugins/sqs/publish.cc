// sqs.publish: sends messages to a queue of SQS. The call is pending meanwhile; no thread waits.

#include <flowrun/component.hh>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "components.hh"
#include "content.hh"
#include "receiver.hh"
#include "sender.hh"
#include "url_setting.hh"

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

// The evaluation of a setting has failed; the call knows how.
struct Unset {};

Value given(Call call, std::uint32_t setting) {
    const Value value = call.setting(setting);
    if (!value && is_error(call.setting_status())) throw Unset{};
    return value.is(Kind::null) ? Value() : value;
}

std::string text_in(Call call, std::uint32_t setting) {
    const Value value = given(call, setting);
    return value.is(Kind::string) ? std::string(*value.text()) : value ? value.json() : std::string();
}

// A call that waits until its message has been sent and answered.
class Sending final : public Errand {
public:
    Sending(Ticket ticket, Kept message) : ticket_(std::move(ticket)), message_(std::move(message)) {}

    void failed(const Failure& failure) override { (void)ticket_.fail(failure); }
    // With the message it is gone when what follows has been told.
    void sent() override {
        auto passing = std::make_unique<Passing>(Passing{std::move(ticket_), std::move(message_)});
        const Call call = passing->ticket.call();
        const Status status = call.emit_async(0, passing->message.get(), nullptr, &Sending::passed, passing.get());
        if (!is_error(status)) return (void)passing.release();
        const auto error = call.last_error();
        passed(passing.release(), static_cast<std::int32_t>(status), nullptr, error ? &error->raw() : nullptr);
    }

private:
    struct Passing {
        Ticket ticket;
        Kept message;
    };
    static void passed(void* user, std::int32_t status, const flowrun_value* reply, const flowrun_error* error) {
        const std::unique_ptr<Passing> mine(static_cast<Passing*>(user));
        if (error != nullptr) return (void)mine->ticket.fail(*error);
        const Value own = mine->message.get();
        (void)mine->ticket.complete(static_cast<Status>(status), reply != nullptr ? Value(own.table(), reply) : own);
    }

    Ticket ticket_;
    Kept message_;
};

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
        : node_(node), timeout_(settings["timeout"].integer().value_or(0)),
          fifo_(settings["queue"].string().value_or("").ends_with(fifo_ending)),
          sender_(node, {place_in(settings), std::string(settings["queue"].string().value_or("")),
                         settings["linger"].integer().value_or(0)}) {}

    static std::optional<Mistake> check(const flowrun_host*, Value settings) { return mistake_in_url(settings); }

    Status handle(Call call, std::uint32_t, Value message) {
        try {
            return send(call, message);
        } catch (const Unset&) { return call.setting_status(); }
    }
    void stop() { sender_.stop(); }

private:
    static constexpr std::int64_t longest_delay = 900;  // seconds

    Way way_of(Call call) const {
        Way way;
        if (const std::int64_t after = given(call, delay).integer().value_or(0); after > 0)
            way.delay = Receiver::seconds(after);
        if (way.delay > longest_delay)
            throw Failure(Status::invalid, "SQS holds a message back for 15 minutes at the most");
        if (!fifo_) return way;
        if (way.delay != 0) throw Failure(Status::invalid, "a FIFO queue holds no single message back");
        const flowrun_meta meta = call.meta();
        const std::string wanted = text_in(call, group);
        way.group = wanted.empty() ? "flowrun" : wanted;
        way.deduplication = text_in(call, deduplication_id);
        if (way.deduplication.empty() && meta.id != nullptr) way.deduplication = token_of({meta.id, meta.id_size});
        return way;
    }
    Status send(Call call, Value message) {
        const Way way = way_of(call);
        std::vector<std::pair<std::string, Value>> all;
        for (auto [name, value] : given(call, attributes).entries()) all.emplace_back(name, value);
        const Value body_given = given(call, body);
        Entry entry = plain_entry(body_given ? body_given : message, all, way);
        Ticket ticket = call.pend();
        if (!ticket) throw Failure(Status::internal, "nothing can be sent from here");
        auto errand = std::make_unique<Sending>(std::move(ticket), message.keep());
        errand->entry = std::move(entry);
        errand->by = node_.now() + timeout_;
        sender_.take(std::move(errand));
        return Status::pending;
    }

    const Node node_;
    const std::int64_t timeout_;
    const bool fifo_;
    Sender sender_;
};

}  // namespace

constinit const flowrun_component publish_component = sdk::component<Publish>();

}  // namespace flowrun::sqs
