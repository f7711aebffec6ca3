// pass: hands the message on, unchanged. The shortest handler there is: a load and a jump.

#include <flowrun/component.hh>

#include "components.hh"

namespace flowrun::core {
namespace {

using namespace sdk;

class Pass {
public:
    static constexpr Description description = {
        .id = "pass",
        .summary = "Passes messages on unchanged",
        .doc = "A name in the middle of a flow: to gather several edges into one, or to hang options on an edge.",
        .ports = R"({"in": {"in": "Messages"}, "out": {"out": "The same messages"}})",
        .flags = FLOWRUN_REENTRANT | FLOWRUN_COOPERATIVE | FLOWRUN_IDEMPOTENT | FLOWRUN_PROMPT,
    };

    Pass(Node, Value) {}
    Status handle(Call call, std::uint32_t, Value message) noexcept { return call.forward(0, message); }
};

}  // namespace

constinit const flowrun_component pass_component = sdk::component<Pass>();

}  // namespace flowrun::core
