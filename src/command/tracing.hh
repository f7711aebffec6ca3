#pragma once
// Where the spans of a run go, as the command line, the environment and the flow have it.

#include <expected>
#include <functional>
#include <memory>
#include <string>

#include "base/world.hh"
#include "command/run_request.hh"
#include "flow/check.hh"
#include "trace/recorder.hh"
#include "trace/span.hh"
#include "trace/tail.hh"
#include "trace/tee.hh"

namespace flowrun::command {

class Tracing {
public:
    // `reader_gone`: the reader of the trace on stdout went away; called once, on another thread. The error is a message.
    static std::expected<std::unique_ptr<Tracing>, std::string> make(World& world, const RunRequest& request,
                                                                     const flow::Checked& checked,
                                                                     std::function<void()> reader_gone);

    // nullptr: nobody looks, so that hops need not be traced.
    trace::Observer* observer();
    // False when the trace was not out by then: then nothing that traces may be destroyed.
    bool finish(Time until) { return !recorder_ || recorder_->flush(until); }
    // The trace could not be written, and not because its reader went away.
    bool broken() const;
    // The hops of what has failed, as text; empty unless the run is quiet.
    std::string last(bool color);

private:
    Tracing() = default;

    trace::Names names_;
    std::unique_ptr<trace::Recorder> recorder_;
    std::unique_ptr<trace::Tail> tail_;
    std::unique_ptr<trace::Tee> both_;
};

}  // namespace flowrun::command
