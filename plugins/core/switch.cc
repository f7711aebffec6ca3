// switch: sends each message out of the port of the first case that is true.

#include <flowrun/component.hh>

#include <optional>
#include <string>
#include <string_view>

#include "components.hh"
#include "formats/kind.hh"

namespace flowrun::core {
namespace {

using namespace sdk;

class Switch {
public:
    static constexpr Description description = {
        .id = "switch",
        .summary = "Sends each message out of the port of the first case that is true",
        .doc =
            "Each name in 'cases' is an output port. A message for which no case is true leaves by the port named "
            "in 'default'; without that it fails as invalid.",
        .settings = R"({"type": "object", "required": ["cases"], "properties": {
            "cases": {"type": "object", "x-message": true,
                      "additionalProperties": {"type": "boolean", "x-expression": true},
                      "description": "Port names with a condition each, tried in written order"},
            "default": {"type": "string", "description": "The port for messages that no case takes"}
        }})",
        .ports = R"({"in": {"in": "Messages"}})",
        .flags = FLOWRUN_REENTRANT | FLOWRUN_COOPERATIVE | FLOWRUN_IDEMPOTENT | FLOWRUN_PROMPT,
    };

    // The cases' own names, then the default's unless a case has it.
    static Status ports_for(Value settings, Build out) {
        out.map().key("in").map().key("in").string("Messages").end().key("out").map();
        const auto other = settings["default"].string();
        bool listed = false;
        for (auto [port, condition] : settings["cases"].entries()) {
            const auto text = condition.string();
            out.key(port).string(text ? "When " + std::string(*text) : std::string());
            listed = listed || port == other;
        }
        if (other && !listed) out.key(*other).string("When no case is true");
        out.end().end();
        return Status::ok;
    }

    static std::optional<Mistake> check(const flowrun_host*, Value settings) {
        if (settings["cases"].size() > 0 || settings["default"]) return std::nullopt;
        return Mistake{"'cases' has no case, and there is no 'default'", "cases", "write cases: { name: condition }"};
    }

    Switch(Node, Value settings) {
        if (const auto other = settings["default"].string()) default_ = *other;
    }

    Status handle(Call call, std::uint32_t, Value message) {
        const Value cases = call.setting(cases_setting);
        if (!cases) return call.setting_status();
        std::uint32_t port = 0;
        std::optional<std::uint32_t> other;
        for (auto [name, answer] : cases.entries()) {
            const auto yes = answer.boolean();
            if (!yes) {
                throw Failure(Status::invalid, "the case '" + std::string(name) + "' gave " +
                                                   formats::name_of(answer.kind()) + ", not a bool");
            }
            if (*yes) return call.forward(port, message);
            if (default_ && name == *default_) other = port;
            ++port;
        }
        if (!default_) throw Failure(Status::invalid, "no case is true, and there is no 'default'");
        return call.forward(other.value_or(port), message);
    }

private:
    static constexpr std::uint32_t cases_setting = 0;
    std::optional<std::string> default_;
};

}  // namespace

constinit const flowrun_component switch_component = sdk::component<Switch>();

}  // namespace flowrun::core
