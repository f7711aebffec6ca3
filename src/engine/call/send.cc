#include "engine/call/send.hh"

#include <utility>
#include <vector>

#include "engine/call/failure.hh"
#include "engine/call/fan_out.hh"

namespace flowrun::engine {
namespace {

CallResult several(ThreadContext& thread, const Outlet& outlet, const queue::Meta* meta, const value::Node* message) {
    std::vector<CallResult> results;
    if (outlet.parallel) {
        results = fan_out(thread, outlet, meta, message);
    } else {
        for (const Edge* edge : outlet.edges) results.push_back(edge->take(thread, *edge, meta, message, {}));
    }
    std::vector<Error> errors;
    value::Value reply;
    bool filtered = true;
    for (CallResult& result : results) {
        if (result.failed()) {
            errors.push_back(std::move(*result.error));
        } else if (!reply) {
            reply = std::move(result.reply);
        }
        filtered = filtered && result.filtered;
    }
    if (!errors.empty()) return CallResult(gathered(std::move(errors), outlet.edges.front()->from->name));
    CallResult all;
    all.reply = std::move(reply);
    all.filtered = filtered;
    return all;
}

}  // namespace

CallResult send(ThreadContext& thread, const Outlet& outlet, const queue::Meta* meta, const value::Node* message,
                const Entry& how) {
    if (outlet.only != nullptr) return outlet.only->take(thread, *outlet.only, meta, message, how);
    if (outlet.edges.empty()) return {};
    return several(thread, outlet, meta, message);
}

}  // namespace flowrun::engine
