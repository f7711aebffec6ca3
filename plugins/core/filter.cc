// filter: lets through what meets a condition.

#include <flowrun/component.hh>

#include <string>

#include "components.hh"
#include "formats/kind.hh"

namespace flowrun::core {
namespace {

using namespace sdk;

class Filter {
public:
    static constexpr Description description = {
        .id = "filter",
        .summary = "Lets messages through that meet a condition",
        .settings = R"({"type": "object", "required": ["when"], "properties": {
            "when": {"type": "boolean", "x-expression": true, "description": "The condition"}
        }})",
        .ports = R"({"in": {"in": "Messages"},
            "out": {"out": "Those for which 'when' is true", "rejected": "The others; without an edge they are dropped"}
        })",
        .flags = FLOWRUN_REENTRANT | FLOWRUN_COOPERATIVE | FLOWRUN_IDEMPOTENT | FLOWRUN_PROMPT,
    };

    Filter(Node, Value) {}
    Status handle(Call call, std::uint32_t, Value message) noexcept {
        const Value answer = call.setting(when_setting);
        if (const auto yes = answer.boolean()) return call.forward(*yes ? out_port : rejected_port, message);
        return answer ? not_a_bool(call, answer) : call.setting_status();
    }

private:
    static constexpr std::uint32_t when_setting = 0, out_port = 0, rejected_port = 1;

    static Status not_a_bool(Call call, Value answer) {
        return call.fail(Status::invalid,
                         std::string("'when' gave ") + formats::name_of(answer.kind()) + ", not a bool");
    }
};

}  // namespace

constinit const flowrun_component filter_component = sdk::component<Filter>();

}  // namespace flowrun::core
