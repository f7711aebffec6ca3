// map: makes a new message out of each.

#include <flowrun/component.hh>

#include "components.hh"

namespace flowrun::core {
namespace {

using namespace sdk;

class Map {
public:
    static constexpr Description description = {
        .id = "map",
        .summary = "Makes a new message from each message",
        .settings = R"({"type": "object", "required": ["value"], "properties": {
            "value": {"x-message": true, "description": "The new message; any shape, with ${…} over the old one"}
        }})",
        .ports = R"({"in": {"in": "Messages"}, "out": {"out": "What 'value' made of them"}})",
        .flags = FLOWRUN_REENTRANT | FLOWRUN_COOPERATIVE | FLOWRUN_IDEMPOTENT | FLOWRUN_PROMPT,
    };

    Map(Node, Value) {}
    Status handle(Call call, std::uint32_t, Value) noexcept {
        const Value made = call.setting(value_setting);
        return made ? call.forward(0, made) : call.setting_status();
    }

private:
    static constexpr std::uint32_t value_setting = 0;
};

}  // namespace

constinit const flowrun_component map_component = sdk::component<Map>();

}  // namespace flowrun::core
