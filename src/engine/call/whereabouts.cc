#include "engine/call/whereabouts.hh"

#include "component/in_plugin.hh"
#include "engine/call/run_context.hh"

namespace flowrun::engine {
namespace {

// What is begun by itself is the newest only where no call for a message is on the stack.
Whereabouts aside() {
    const component::InPlugin* in = component::InPlugin::now();
    return in == nullptr ? Whereabouts{} : Whereabouts{in->node, in->plugin, {}, 0};
}

}  // namespace

Whereabouts whereabouts() {
    const ThreadContext* thread = RunContext::context_now();
    if (thread == nullptr || thread->stack.size() == 0) return aside();
    const Frame& frame = thread->stack.back();
    const Node& node = *frame.edge->to;
    Whereabouts found{node.name, node.checked->component->plugin, {}, 0};
    if (frame.meta == nullptr) return found;
    found.number = frame.meta->number;
    if (frame.meta->text) found.message = frame.meta->text->id;
    return found;
}

}  // namespace flowrun::engine
