#pragma once
// What came of a call, of a hop, of a message sent out of a port: a status and what goes with it, as one value.

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include <flowrun/component.h>

#include "base/error.hh"
#include "engine/graph/graph.hh"
#include "value/value.hh"

namespace flowrun::engine {

struct [[nodiscard]] CallResult {
    std::int32_t status = FLOWRUN_OK;  // OK; PENDING: it comes to the continuation that was given; or negative
    bool handled = false;              // it had failed, and an error route took the failure
    bool filtered = false;             // of what was sent: no edge let it through; OK
    bool abandoned = false;            // its time is up, and the callee still runs
    std::unique_ptr<Error> error;      // there is one whenever the status is negative
    value::Value reply;                // empty: none

    CallResult() = default;
    explicit CallResult(std::unique_ptr<Error> why)
        : status(static_cast<std::int32_t>(why->code)), error(std::move(why)) {}
    bool failed() const { return status < 0; }
    bool pending() const { return status == FLOWRUN_PENDING; }

    static CallResult later() {
        CallResult result;
        result.status = FLOWRUN_PENDING;
        return result;
    }
};

// `node`: where it failed; nullptr: in none.
CallResult failure(Code code, std::string message, const Node* node);

}  // namespace flowrun::engine
