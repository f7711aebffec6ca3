#pragma once
// Sends the elements of a list on, one after another or several at once.

#include <flowrun/ext/item.h>
#include <flowrun/component.hh>

#include <cstdint>

namespace flowrun::core {

struct Plan {
    const flowrun_item* items = nullptr;  // null: this runner evaluates `emit` for the message alone
    std::uint32_t emit_setting = 0;
    std::uint64_t parallel = 1;
    bool stop_on_error = true;
};

sdk::Status one_by_one(const Plan& plan, sdk::Call call, sdk::Value list);

// Completes the ticket when the last is done. `plan` must stand until then. Holds no thread meanwhile.
void spread(const Plan& plan, sdk::Ticket ticket, sdk::Value list);

}  // namespace flowrun::core
