// ticker: a source that emits, waits for its downstream, pauses, and emits again.

#include <flowrun/component.hh>

#include "components.hh"
#include "counter.hh"
#include "endless.hh"

namespace flowrun::core {
namespace {

using namespace sdk;

class Ticker {
public:
    static constexpr Description description = {
        .id = "ticker",
        .summary = "Emits a message at once and then again and again, with a pause between",
        .doc =
            "The pause begins when the downstream is done with the message, so a slow downstream is never called "
            "twice at once. A message that fails downstream does not end it.",
        .settings = R"({"type": "object", "properties": {
            "every": {"x-duration": true, "default": "1s", "description": "The pause between two messages"},
            "count": {"type": "integer", "minimum": 0, "default": 0, "description": "How many messages; 0: no end"},
            "value": {"description": "What each message holds; left out: {n: 0}, {n: 1} and so on"}
        }})",
        .ports = R"({"out": {"out": "The messages"}})",
        .flags = FLOWRUN_COOPERATIVE,
    };

    Ticker(Node node, Value settings)
        : every_(settings["every"].integer().value_or(1'000'000'000)), count_(settings["count"].integer().value_or(0)),
          value_(settings["value"].keep()), counter_(node.values()) {
        if (count_ == 0) endless(node);
    }

    Status run(Call call) {
        for (std::int64_t n = 0; count_ == 0 || n < count_; ++n) {
            if (n > 0) {
                if (const Status status = call.sleep(every_); is_error(status)) return status;
            }
            (void)call.emit(0, value_ ? value_.get() : counter_.value(n));
        }
        return Status::ok;
    }

private:
    std::int64_t every_;  // nanoseconds
    std::int64_t count_;
    Kept value_;
    Counter counter_;
};

}  // namespace

constinit const flowrun_component ticker_component = sdk::component<Ticker>();

}  // namespace flowrun::core
