#pragma once
// A run from beginning to end: components are made, sources run, the rest is drained from the sources down, components
// are destroyed. Everything started in it ends in it, but for foreign code that never returns: then `hung` says so, and
// the process must leave by _exit.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <flowrun/component.h>

#include "base/mutex.hh"
#include "base/world.hh"
#include "engine/call/report.hh"
#include "engine/run/ledger.hh"
#include "engine/run/run.hh"
#include "engine/run/stall_detector.hh"
#include "flow/check.hh"
#include "trace/context.hh"
#include "trace/span.hh"

namespace flowrun::engine {

struct Options {
    Duration drain_timeout = 30 * second;
    Duration stall_after = 0;        // a hop in which nothing happens for so long is named; 0: never
    Duration max_time = 0;           // of the whole run; 0: unbounded
    std::uint64_t max_messages = 0;  // that sources emit; 0: unbounded
    bool until_empty = false;  // it takes from queues that others share until they are empty, not until it is stopped
    unsigned cores = 2;        // pool threads that run at once
    std::uint64_t seed = 0;
    std::optional<trace::Context> parent;  // the root's, from TRACEPARENT
    Queues queues;                         // what async edges keep their messages in; empty: memory
    Letters letters;                       // into what they put what fails for good; empty: that stays in the queue
};

struct StartFailure {
    std::string node;  // empty: the run itself
    Error error;
};

struct Outcome {
    Ledger ledger;
    bool stopped = false;    // a stop was asked for before the run had ended
    bool timed_out = false;  // max_time
    bool drained = true;     // all that was accepted was dealt with
    bool stdout_closed = false;
    bool broken = false;                 // a durable queue could not be used any more
    bool starved = false;                // it ended early because the system refused threads or memory
    bool hung = false;                   // foreign code still runs
    std::vector<std::string> cut_short;  // sources that were stopped before an end of their own
    std::vector<std::string> left;       // what was left where: "3 messages in a ~> b"
    Duration took = 0;
    unsigned threads = 0;  // of the pool, at the most
};

class Runner {
public:
    // A component's table by what the catalog knows of it.
    using Tables = std::function<const flowrun_component&(const flow::ComponentInfo&)>;

    // All outlive the runner. `observer`: nullptr for no trace.
    Runner(World& world, const flow::Checked& checked, const Tables& tables, trace::Observer* observer,
           Reporter& reporter, const Options& options);
    ~Runner();

    // Makes and starts the components; what went wrong, empty when nothing did. Then run() once.
    std::vector<StartFailure> create();
    Outcome run();
    // While it runs: the account as it stands, for a process that something else is about to end.
    Outcome so_far() const;
    // After run(), for a program that ends now: what the run has in memory is left to the system, which gives it back in
    // no time. Anything may point at it to the end of the process.
    void leave_memory();

    // Any thread, any time. First: sources end and the rest is drained. Second: all ends at once.
    void interrupt();
    void stop();
    void cancel();
    // What every node and edge is doing, for people.
    std::string status() const;

private:
    std::optional<StartFailure> make(Node& node);
    std::optional<StartFailure> start(Node& node);
    bool wait_for_sources();
    bool drain();
    bool close_part(std::uint32_t part);
    bool wait_until_empty(std::uint32_t part);
    void end_node(Node& node);
    void cut_short(Outcome& outcome);
    void end_rest();
    bool is_busy(const Node& node) const;
    void commit(Outcome& outcome);
    bool all_back() const;          // no call that the run began, and none that was given up, is out
    bool nothing_executes() const;  // and no delivery is in a component
    void name_left(Outcome& outcome) const;
    void name_cut_short(Outcome& outcome) const;
    bool in_delivery(const Node& node) const;
    void hear_queues();
    void destroy();
    Time limit() const;
    Time patience();  // until when calls that were given up may come back at a natural end
    bool wait_for(const std::function<bool()>& done, Time at_most);

    World& world_;
    const Options options_;
    mutable Mutex alive_{LockRank::runner};  // held while run_ goes, and by those of other threads who use it
    std::unique_ptr<Run> run_;
    std::unique_ptr<StallDetector> stalls_;
    std::vector<World::Thread> threads_;  // of sources, and of ends
    std::vector<bool> ended_;             // by node: its `end` was called
    Time begun_;
    Time end_ = never;       // by max_time
    Time patience_ = never;  // not yet needed
    bool timed_out_ = false;
    bool over_ GUARDED_BY(alive_) = false;  // the components are about to be destroyed
};

}  // namespace flowrun::engine
