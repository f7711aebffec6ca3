// reply: answers whoever waits for the message, such as a client of a server.

#include <flowrun/component.hh>

#include "components.hh"

namespace flowrun::core {
namespace {

using namespace sdk;

class Reply {
public:
    static constexpr Description description = {
        .id = "reply",
        .summary = "Gives each message a reply, for whoever began it and waits",
        .doc =
            "The reply goes back along the sync edges, as results and errors do; nothing is sent on. Where edges lead "
            "to "
            "several nodes the first that replies, in written order, is heard. http.server answers with it.",
        .settings = R"({"type": "object", "properties": {
            "value": {"x-message": true, "description": "The reply; any shape, with ${…} over the message; left out: the message"}
        }})",
        .ports = R"({"in": {"in": "Messages"}})",
        .flags = FLOWRUN_REENTRANT | FLOWRUN_COOPERATIVE | FLOWRUN_IDEMPOTENT | FLOWRUN_PROMPT,
    };

    Reply(Node, Value) {}
    Status handle(Call call, std::uint32_t, Value message) noexcept {
        const Value made = call.setting(value_setting);
        if (!made && is_error(call.setting_status())) return call.setting_status();
        call.reply(made ? made : message);
        return Status::ok;
    }

private:
    static constexpr std::uint32_t value_setting = 0;
};

}  // namespace

constinit const flowrun_component reply_component = sdk::component<Reply>();

}  // namespace flowrun::core
