#pragma once
// Errors across the borders: from and to the plugin ABI, and as the value that an error route gets.

#include <memory>
#include <string>
#include <string_view>

#include <flowrun/host.h>

#include "base/error.hh"
#include "value/builder.hh"

namespace flowrun::engine {

// From what a plugin said; `status` is the code when it said none that makes sense.
std::unique_ptr<Error> error_from(const flowrun_error* given, std::int32_t status);
// Into what a plugin gave to be filled. Points at `error` and at `text`; `detail` may be nullptr.
void fill(flowrun_error& out, const Error& error, const value::Node* detail);

// {code, message, retryable, retry_after, node, attempts, causes, detail}; what was not said is left out.
void write(const Error& error, value::Builder& out);

// Several failures of one fan-out as one: the code of the first, retryable only if all are. It began in the node of the first
// that did not begin in the emitter itself, where there is one: it is the emitter's own only if all are.
std::unique_ptr<Error> gathered(std::vector<Error> errors, std::string_view emitter);

bool is_code(std::int32_t status);

}  // namespace flowrun::engine
