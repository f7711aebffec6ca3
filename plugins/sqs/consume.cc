// sqs.consume: a source that reads a queue of SQS.

#include <flowrun/component.hh>

#include <memory>
#include <string>
#include <string_view>

#include "broker/given.hh"
#include "broker/source.hh"
#include "components.hh"
#include "feed.hh"
#include "holdings.hh"

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

Feed::Settings what_in(Value settings) {
    return {broker::url_in(settings, plain_place_of),          std::string(settings["queue"].string().value_or("")),
            settings["lease"].integer().value_or(0),           settings["on_failure"].string() == "leave",
            settings["max_retry_after"].integer().value_or(0), broker::format_in(settings)};
}

broker::Source::Settings source_settings(Value settings, const Place& place) {
    auto out = broker::Source::settings_in(settings, place.name());
    const bool gives_up = settings["on_failure"].string() == "delete";
    out.on_failure = gives_up ? broker::Source::OnFailure::reject : broker::Source::OnFailure::requeue;
    // Of one that is left no more is wanted than that it is not shown at once.
    out.requeue_after = settings["on_failure"].string() == "leave" ? 1 : settings["retry_after"].integer().value_or(0);
    return out;
}

class Consume {
public:
    static constexpr Description description = {
        .id = "sqs.consume",
        .summary = "Takes messages from a queue of Amazon SQS",
        .doc =
            "A message becomes {body, attributes, id, deliveries, sent}, of a FIFO queue with group; sent is in "
            "milliseconds since 1970. It is deleted when all that came of it is dealt with, behind async "
            "edges too: that a durable queue has it is enough; meanwhile its lease is "
            "renewed. One that fails comes again, or not, as on_failure says. When SQS cannot be reached it is tried "
            "again. It has no end; when it is stopped it takes no more, and what it has is finished or given back. A "
            "flow's own durable edges need no such node (queue: sqs://).",
        .settings = consume_settings,
        .ports = R"({"out": {"out": "The messages"}})",
        .flags = FLOWRUN_COOPERATIVE,
    };

    Consume(Node node, Value settings) : Consume(node, settings, what_in(settings)) {}
    static std::vector<Mistake> check(const flowrun_host*, Value settings) {
        std::vector<Mistake> all;
        if (auto mistake = broker::mistake_in_url(settings, plain_place_of)) all.push_back(std::move(*mistake));
        for (const char* name : {"lease", "max_retry_after"}) {
            if (settings[name].integer().value_or(0) > Holdings::longest)
                all.push_back(
                    {std::string("'") + name + "' may be 12 h at the most: SQS hides a message no longer", name});
        }
        return all;
    }

    Status run(Call call) { return source_.run(call); }
    void stop() { source_.stop(); }

private:
    Consume(Node node, Value settings, Feed::Settings what)
        : source_(node, source_settings(settings, what.place),
                  [what](broker::Intake& intake) { return std::make_unique<Feed>(what, intake); }) {}

    broker::Source source_;
};

}  // namespace

constinit const flowrun_component consume_component = sdk::component<Consume>();

}  // namespace flowrun::sqs
