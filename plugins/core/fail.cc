// fail: fails on purpose, to rehearse what a flow does then.

#include <flowrun/component.hh>

#include <atomic>
#include <string>
#include <string_view>
#include <utility>

#include "components.hh"
#include "formats/kind.hh"

namespace flowrun::core {
namespace {

using namespace sdk;

Status code_of(std::string_view name) {
    constexpr std::pair<std::string_view, Status> codes[] = {
        {"invalid", Status::invalid},         {"timeout", Status::timeout},   {"cancelled", Status::cancelled},
        {"unavailable", Status::unavailable}, {"overflow", Status::overflow}, {"permanent", Status::permanent},
        {"internal", Status::internal},
    };
    for (const auto& [known, code] : codes) {
        if (known == name) return code;
    }
    return Status::failed;
}

class Fail {
public:
    static constexpr Description description = {
        .id = "fail",
        .summary = "Fails on purpose, to rehearse faults; passes on what it does not fail",
        .settings = R"({"type": "object", "properties": {
            "when": {"type": "boolean", "x-expression": true, "description": "Which messages fail; left out: all"},
            "code": {"type": "string", "default": "failed", "enum": ["invalid", "failed", "timeout", "cancelled",
                     "unavailable", "overflow", "permanent", "internal"], "description": "The code of the error"},
            "message": {"type": "string", "x-message": true, "default": "failed on purpose",
                        "description": "The text of the error"},
            "retryable": {"type": "boolean", "description": "Whether trying again may help; left out: by the code"},
            "times": {"type": "integer", "minimum": 0, "default": 0,
                      "description": "Fail so often in all and then pass everything on; 0: always fail"}
        }})",
        .ports = R"({"in": {"in": "Messages"}, "out": {"out": "Those that did not fail"}})",
        .flags = FLOWRUN_REENTRANT | FLOWRUN_COOPERATIVE | FLOWRUN_IDEMPOTENT | FLOWRUN_PROMPT,
    };

    Fail(Node, Value settings)
        : code_(code_of(settings["code"].string().value_or("failed"))),
          times_(settings["times"].integer().value_or(0)) {
        if (const auto retryable = settings["retryable"].boolean()) retry_ = *retryable ? Retry::yes : Retry::no;
    }

    Status handle(Call call, std::uint32_t, Value message) {
        const Value when = call.setting(when_setting);
        if (!when && is_error(call.setting_status())) return call.setting_status();
        if (when && !when.boolean()) {
            throw Failure(Status::invalid,
                          std::string("'when' gave ") + formats::name_of(when.kind()) + ", not a bool");
        }
        if (when && !*when.boolean()) return call.forward(0, message);
        if (times_ > 0 && failed_.fetch_add(1, std::memory_order_relaxed) >= times_) return call.forward(0, message);

        const Value text = call.setting(message_setting);
        if (!text && is_error(call.setting_status())) return call.setting_status();
        return call.fail(Failure(code_, std::string(text.string().value_or("failed on purpose"))).retry(retry_));
    }

private:
    static constexpr std::uint32_t when_setting = 0, message_setting = 2;

    Status code_;
    std::int64_t times_;
    Retry retry_ = Retry::by_code;
    std::atomic<std::int64_t> failed_ = 0;  // handle is reentrant
};

}  // namespace

constinit const flowrun_component fail_component = sdk::component<Fail>();

}  // namespace flowrun::core
