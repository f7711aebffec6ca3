// log: a line on stderr for each message, which passes on.

#include <flowrun/component.hh>

#include <string>
#include <string_view>

#include "components.hh"

namespace flowrun::core {
namespace {

using namespace sdk;

Level level_of(std::string_view name) {
    if (name == "debug") return Level::debug;
    if (name == "warn") return Level::warn;
    if (name == "error") return Level::error;
    return Level::info;
}

class Log {
public:
    static constexpr Description description = {
        .id = "log",
        .summary = "Writes a line to stderr for each message, and passes it on",
        .doc = "A line is cut after 4 KiB, and tells how much more there was.",
        .settings = R"({"type": "object", "properties": {
            "level": {"type": "string", "enum": ["debug", "info", "warn", "error"], "default": "info",
                      "description": "How grave it is"},
            "message": {"x-message": true, "x-text": true, "description": "What to write; left out: the message as JSON"}
        }})",
        .ports = R"({"in": {"in": "Messages"}, "out": {"out": "The same messages"}})",
        .flags = FLOWRUN_REENTRANT | FLOWRUN_COOPERATIVE | FLOWRUN_IDEMPOTENT,
    };

    Log(Node node, Value settings) : node_(node), level_(level_of(settings["level"].string().value_or("info"))) {}

    Status handle(Call call, std::uint32_t, Value message) {
        const Value given = call.setting(message_setting);
        if (!given && is_error(call.setting_status())) return call.setting_status();
        const Value shown = given ? given : message;
        if (const auto text = shown.string()) node_.log(level_, *text);
        else node_.log(level_, shown.json());
        return call.forward(0, message);
    }

private:
    static constexpr std::uint32_t message_setting = 1;

    Node node_;
    Level level_;
};

}  // namespace

constinit const flowrun_component log_component = sdk::component<Log>();

}  // namespace flowrun::core
