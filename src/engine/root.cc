#include "engine/root.hh"

#include "engine/lane.hh"
#include "engine/run.hh"

namespace flowrun::engine {

Call* begin(Node& node) {
    Run& run = *node.run;
    node.open.fetch_add(1);
    const bool told_to_stop = run.cancelled.load() || (node.source && run.stopping.load());
    if (told_to_stop || node.closed.load()) {
        run.ended(node);
        return nullptr;
    }
    auto* call = new Call;
    call->lane = &run.lane_here();
    call->node = &node;
    call->kind = Call::Kind::root;
    return call;
}

void finish(Call& call) {
    Run& run = call.lane->run;
    if (call.extra != nullptr) call.lane->give_back(call.extra);
    const Node& node = *call.node;
    delete &call;
    run.ended(node);
}

}  // namespace flowrun::engine
