#include "engine/call/conclude.hh"

#include <utility>

#include <fmt/core.h>

#include "engine/call/failure.hh"
#include "engine/call/thread_context.hh"

namespace flowrun::engine {

CallResult conclude(Call& call, std::int32_t status) {
    ThreadContext& thread = *call.thread;
    CallScratch* scratch = std::exchange(call.scratch, nullptr);
    CallResult result;
    if (status == FLOWRUN_OK) {
        if (scratch != nullptr) result.reply = std::move(scratch->reply);
    } else if (!is_code(status)) {
        result = failure(Code::internal, fmt::format("'{}' answered {}, which is no result", call.node->name, status),
                         call.node);
    } else if (scratch != nullptr && scratch->error) {
        result = CallResult(std::move(scratch->error));
    } else if (scratch != nullptr && scratch->last_error &&
               static_cast<std::int32_t>(scratch->last_error->code) == status) {
        result = CallResult(std::move(scratch->last_error));
    } else {
        result = failure(static_cast<Code>(status), fmt::format("'{}' failed without saying why", call.node->name),
                         call.node);
    }
    if (result.failed()) {
        if (is_code(status)) result.error->code = static_cast<Code>(status);
        result.status = static_cast<std::int32_t>(result.error->code);
        if (result.error->node.empty()) result.error->node = call.node->name;
    }
    if (scratch != nullptr) thread.scratch.release(scratch);
    return result;
}

}  // namespace flowrun::engine
