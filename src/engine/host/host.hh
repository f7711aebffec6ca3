#pragma once
// The table that plugins call (flowrun/host.h): each function is a few lines over the engine. One for the process: which
// run a call belongs to is known from its handle.

#include <flowrun/host.h>

namespace flowrun::engine {

const flowrun_host& host();

}  // namespace flowrun::engine
