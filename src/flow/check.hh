#pragma once
// Judges what was read against the components and the arguments, and makes of it what the engine needs. `check` and
// `run` both come through here, so that the one prints exactly what the other refuses.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "flow/arguments.hh"
#include "flow/catalog.hh"
#include "flow/checked.hh"
#include "flow/read.hh"
#include "flow/selection.hh"
#include "flow/source.hh"

namespace flowrun::flow {

struct CheckOptions {
    // An environment variable's value; the process's own environment when it is not set.
    std::function<std::optional<std::string>(const std::string&)> environment;
    // What a stopped run has: an attempt that may take longer is warned of. 0: nobody waits.
    Duration drain_timeout = 30'000'000'000;
    // The flow is run at once: that something is not there yet need not be warned of, the run will see.
    bool before_run = false;
    // What lies in the queues of durable edges is looked at.
    bool look_into_queues = false;
    Selection selection;  // which part of it is run
};

// `source` is the one that `reading` was read from. Reads the files that secrets name. Does no other I/O of its own;
// components may look whether what they need is there.
Checked check(Reading reading, const Source& source, Catalog& catalog, const Arguments& arguments,
              const CheckOptions& options = {});

}  // namespace flowrun::flow
