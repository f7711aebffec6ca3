// split: one message for each element of a list.

#include <flowrun/component.hh>

#include <memory>

#include "components.hh"
#include "formats/kind.hh"
#include "spread.hh"

namespace flowrun::core {
namespace {

using namespace sdk;

class Split {
public:
    static constexpr Description description = {
        .id = "split",
        .summary = "Makes one message of each element of a list, and waits for them all",
        .doc =
            "Elements leave in order, with meta.index and meta.total. When it is done its reply is the list of theirs, "
            "in "
            "their order (null where one gave none), if any gave one. With on_error: stop nothing more is sent after "
            "the "
            "first error, what is in flight finishes, and the errors are gathered in one; with collect all are sent.",
        .settings = R"({"type": "object", "properties": {
            "items": {"x-message": true, "description": "The list; left out: the message"},
            "emit": {"x-item": true, "description": "What to send for each; left out: the element"},
            "parallel": {"type": "integer", "minimum": 1, "default": 1, "description": "How many may be in flight"},
            "on_error": {"type": "string", "enum": ["stop", "collect"], "default": "stop",
                         "description": "Whether the first error ends it"}
        }})",
        .ports = R"({"in": {"in": "Messages that hold a list"}, "out": {"out": "The elements"}})",
        .flags = FLOWRUN_REENTRANT | FLOWRUN_COOPERATIVE | FLOWRUN_IDEMPOTENT,
    };

    Split(Node node, Value settings)
        : plan_{.items = node.extension<flowrun_item>(FLOWRUN_ITEM_ID),
                .emit_setting = 1,
                .parallel = settings["parallel"].unsigned_integer().value_or(1),
                .stop_on_error = settings["on_error"].string().value_or("stop") == "stop"} {}

    static std::optional<Mistake> check(const flowrun_host*, Value settings) {
        const Value items = settings["items"];
        const auto text = items.string();
        if (!items || items.is(Kind::list) || (text && text->find("${") != text->npos)) return std::nullopt;
        return Mistake{std::string("'items' is ") + formats::name_of(items.kind()) + ", not a list", "items",
                       "write an expression that gives a list: items: \"${msg.items}\""};
    }

    Status handle(Call call, std::uint32_t, Value message) {
        const Value given = call.setting(items_setting);
        if (!given && is_error(call.setting_status())) return call.setting_status();
        const Value items = given ? given : message;
        if (!items.is(Kind::list)) {
            throw Failure(Status::invalid, std::string(given ? "'items' gave " : "the message is ") +
                                               formats::name_of(items.kind()) + ", not a list");
        }
        if (plan_.parallel > 1 && items.size() > 1) {
            if (Ticket ticket = call.pend()) {
                spread(plan_, std::move(ticket), items);
                return Status::pending;
            }
        }
        return one_by_one(plan_, call, items);
    }

private:
    static constexpr std::uint32_t items_setting = 0;
    Plan plan_;
};

}  // namespace

constinit const flowrun_component split_component = sdk::component<Split>();

}  // namespace flowrun::core
