// generate: a source of a known number of messages.

#include <flowrun/component.hh>

#include <optional>

#include "components.hh"
#include "counter.hh"

namespace flowrun::core {
namespace {

using namespace sdk;

class Generate {
public:
    static constexpr Description description = {
        .id = "generate",
        .summary = "Makes messages: numbered ones, a value, or a list of values",
        .doc =
            "Emits {n: 0}, {n: 1} and so on, 'count' of them. With 'value' it emits that instead, with 'values' each "
            "element of that list, and the whole list 'count' times. A message that fails downstream does not end it.",
        .settings = R"({"type": "object", "properties": {
            "count": {"type": "integer", "minimum": 0, "default": 1,
                      "description": "How many messages; with 'values', how often the list is repeated"},
            "value": {"description": "What each message holds; left out: {n: 0}, {n: 1} and so on"},
            "values": {"type": "array", "description": "Messages, one after another"},
            "every": {"x-duration": true, "default": "0s", "description": "The pause between two messages"}
        }})",
        .ports = R"({"out": {"out": "The messages"}})",
        .flags = FLOWRUN_COOPERATIVE,
    };

    static std::optional<Mistake> check(const flowrun_host*, Value settings) {
        if (!settings["value"] || !settings["values"]) return std::nullopt;
        return Mistake{"give 'value' or 'values', not both", "values"};
    }

    Generate(Node node, Value settings)
        : count_(settings["count"].integer().value_or(1)), every_(settings["every"].integer().value_or(0)),
          value_(settings["value"].keep()), values_(settings["values"].keep()), counter_(node.values()), window_(node) {
        if (value_ && values_) throw Failure(Status::invalid, "give 'value' or 'values', not both");
    }

    Status run(Call call) {
        const Status status = emit_all(call);
        const Status settled = window_.settle(call);
        return is_error(status) ? status : settled;
    }

private:
    Status emit_all(Call call) {
        for (std::int64_t n = 0; n < count_; ++n) {
            const Status status =
                values_ ? emit_round(call, n) : emit(call, value_ ? value_.get() : counter_.value(n), n);
            if (is_error(status)) return status;
        }
        return Status::ok;
    }

    Status emit_round(Call call, std::int64_t round) {
        bool first = round == 0;
        for (Value value : values_.get().items()) {
            if (const Status status = emit(call, value, first ? 0 : 1); is_error(status)) return status;
            first = false;
        }
        return Status::ok;
    }

    // An error here ends the source; a message that failed downstream is the runner's to count. After the last message nothing
    // asks whether the run was stopped: the source has come to its end.
    Status emit(Call call, Value value, std::int64_t before) {
        if (before > 0) {
            const Status status = every_ > 0 ? rest(call) : call.stopping();
            if (is_error(status)) return status;
        }
        (void)window_.emit(call, value, 0);  // what is kept of it until it is dealt with is shared
        return Status::ok;
    }

    Status rest(Call call) {
        const Status status = window_.settle(call);
        return is_error(status) ? status : call.sleep(every_);
    }

    std::int64_t count_;
    std::int64_t every_;  // nanoseconds
    Kept value_;
    Kept values_;
    Counter counter_;
    Window window_;
};

}  // namespace

constinit const flowrun_component generate_component = sdk::component<Generate>();

}  // namespace flowrun::core
