#include "flow/cross_checks.hh"

#include <string_view>

#include <fmt/format.h>

#include "flow/quantity.hh"

namespace flowrun::flow {

namespace {

const GivenKey* given(const std::vector<GivenKey>& keys, std::string_view name) {
    for (const GivenKey& key : keys) {
        if (key.name == name) return &key;
    }
    return nullptr;
}

// A key goes to one instance, so a batch, which may hold several keys, has none that it could go to.
void check_batch(const EdgeSpec& edge, const NodeSpec& target, const Diagnostics& diagnostics) {
    if (edge.order != Order::by_key || edge.batch_max == 1 || target.instances == 1) return;
    const GivenKey* batch = given(edge.given, "batch");
    if (batch == nullptr) return;
    diagnostics.error(
        batch->place,
        fmt::format("a batch holds several keys, and '{}' has {} instances, of which each key has its own", target.name,
                    target.instances),
        fmt::format("take 'batch' or the instances of '{}' out, or say order: none", target.name));
}

// Once a run is stopped an attempt may go on for as long as this, and then it is cut off. A deadline alone is the time of
// one attempt; with a timeout the waits between attempts are cut short.
void check_drain(const EdgeSpec& edge, Duration drain_timeout, const Diagnostics& diagnostics) {
    const bool by_deadline = edge.timeout == 0 || (edge.deadline != 0 && edge.deadline < edge.timeout);
    const Duration longest = by_deadline ? edge.deadline : edge.timeout;
    if (longest <= drain_timeout || drain_timeout == 0) return;
    const std::string_view name = by_deadline ? "deadline" : "timeout";
    const GivenKey* key = given(edge.given, name);
    if (key == nullptr) return;
    diagnostics.warning(key->place,
                        fmt::format("a {} of {} is longer than a stopped run waits ({}): it is cut off then", name,
                                    duration_text(longest), duration_text(drain_timeout)),
                        fmt::format("run it with --drain-timeout={}, or make it shorter", duration_text(longest)));
}

}  // namespace

void check_policies(const Flow& flow, const std::vector<bool>& joined, Duration drain_timeout,
                    const Diagnostics& diagnostics) {
    for (std::size_t i = 0; i < flow.edges.size(); ++i) {
        const EdgeSpec& edge = flow.edges[i];
        check_drain(edge, drain_timeout, diagnostics);
        if (joined[i]) check_batch(edge, flow.nodes[edge.to.node_index], diagnostics);
    }
}

}  // namespace flowrun::flow
