// sqs.consume: a source that reads a queue of SQS.

#include <flowrun/ext/source.h>
#include <flowrun/component.hh>

#include <optional>
#include <string>
#include <string_view>

#include "components.hh"
#include "holdings.hh"
#include "intake.hh"
#include "url_setting.hh"

namespace flowrun::sqs {
namespace {

using namespace sdk;

constexpr const char* consume_settings =
    R"json({"type": "object", "required": ["url", "queue"], "properties": {
        "url": {"type": "string", "minLength": 1,
                "description": "Where SQS is: sqs://eu-central-1; its query may have endpoint, profile, account and ca"},
        "queue": {"type": "string", "minLength": 1, "description": "The queue's name in SQS; it must be there"},
        "prefetch": {"type": "integer", "minimum": 1, "maximum": 10000, "default": 16,
                     "description": "How many messages the flow has at a time"},
        "lease": {"x-duration": true, "default": "30s", "exclusiveMinimum": 0,
                  "description": "For how long SQS hides a message (its visibility timeout), in whole seconds; it is made longer as long as the flow has the message, to 12 h in all"},
        "ack": {"type": "string", "enum": ["delivered", "received"], "default": "delivered",
                "description": "When a message is deleted: once the flow has dealt with it, or as soon as it has come"},
        "on_failure": {"type": "string", "enum": ["retry", "leave", "delete"], "default": "retry",
                       "description": "What becomes of a message that fails: retry shows it again after retry_after, leave lets its lease end, delete gives it up; a queue's own redrive policy counts how often it came"},
        "retry_after": {"x-duration": true, "default": "1s", "description": "After the first failure; twice as long after each more"},
        "max_retry_after": {"x-duration": true, "default": "15m", "description": "The longest of these; 12 h at the most"},
        "format": {"type": "string", "enum": ["auto", "json", "text", "bytes"], "default": "auto",
                   "description": "What a body is read as; auto: JSON where it is an object or a list, else text, or bytes where it is not UTF-8; one that is not what it is to be fails"}}})json";

Intake::Settings settings_of(Value settings) {
    const auto text = [&](const char* name) { return std::string(settings[name].string().value_or("")); };
    Intake::Settings out;
    out.place = place_in(settings);
    out.queue = text("queue");
    out.prefetch = static_cast<std::size_t>(settings["prefetch"].integer().value_or(16));
    out.lease = settings["lease"].integer().value_or(0);
    out.ack_at_once = settings["ack"].string() == "received";
    const std::string on_failure = text("on_failure");
    out.on_failure = on_failure == "leave"    ? Intake::OnFailure::leave
                     : on_failure == "delete" ? Intake::OnFailure::give_up
                                              : Intake::OnFailure::retry;
    out.retry_after = settings["retry_after"].integer().value_or(0);
    out.longest_retry = settings["max_retry_after"].integer().value_or(0);
    out.format = format_of(text("format"));
    return out;
}

class Consume {
public:
    static constexpr Description description = {
        .id = "sqs.consume",
        .summary = "Takes messages from a queue of Amazon SQS",
        .doc =
            "A message becomes {body, attributes, id, deliveries, sent}, of a FIFO queue with group; sent is in "
            "milliseconds since 1970. It is deleted when all behind sync edges is done, and where an async edge leads "
            "away when its queue has it: let that be durable, or sync, if none may be lost; meanwhile its lease is "
            "renewed. One that fails comes again, or not, as on_failure says. When SQS cannot be reached it is tried "
            "again. It has no end; when it is stopped it takes no more, and what it has is finished or given back. A "
            "flow's own durable edges need no such node (queue: sqs://).",
        .settings = consume_settings,
        .ports = R"({"out": {"out": "The messages"}})",
        .flags = FLOWRUN_COOPERATIVE,
    };

    Consume(Node node, Value settings) : intake_(node, settings_of(settings)) {
        if (const auto* source = node.extension<flowrun_source>(FLOWRUN_SOURCE_ID)) source->endless(node.raw());
    }
    static std::vector<Mistake> check(const flowrun_host*, Value settings) {
        std::vector<Mistake> all;
        if (auto mistake = mistake_in_url(settings)) all.push_back(std::move(*mistake));
        for (const char* name : {"lease", "max_retry_after"}) {
            if (settings[name].integer().value_or(0) > Holdings::longest)
                all.push_back(
                    {std::string("'") + name + "' may be 12 h at the most: SQS hides a message no longer", name});
        }
        return all;
    }

    Status run(Call call) {
        intake_.run(call);
        return Status::ok;
    }
    void stop() { intake_.wake(); }

private:
    Intake intake_;
};

}  // namespace

constinit const flowrun_component consume_component = sdk::component<Consume>();

}  // namespace flowrun::sqs
