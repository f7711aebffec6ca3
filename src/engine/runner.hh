#pragma once
// A run from beginning to end: components are made, sources run, the rest is drained from the sources down, components
// are destroyed. Everything started in it ends in it, but for foreign code that never returns: then `hung` says so, and
// the process must leave by _exit.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <flowrun/component.h>

#include "base/world.hh"
#include "engine/ledger.hh"
#include "engine/report.hh"
#include "flow/check.hh"
#include "trace/context.hh"
#include "trace/span.hh"

namespace flowrun::engine {

class Run;
class Stalls;
struct Call;
struct Edge;
struct Node;

struct Options {
    Duration drain_timeout = 30 * second;
    Duration stall_after = 0;        // a hop in which nothing happens for so long is named; 0: never
    Duration max_time = 0;           // of the whole run; 0: unbounded
    std::uint64_t max_messages = 0;  // that sources emit; 0: unbounded
    unsigned cores = 2;              // pool threads that run at once
    std::uint64_t seed = 0;
    std::optional<trace::Context> parent;  // the root's, from TRACEPARENT
};

struct StartFailure {
    std::string node;
    Error error;
};

struct Outcome {
    Ledger ledger;
    bool stopped = false;    // a stop was asked for before the sources had ended
    bool timed_out = false;  // max_time
    bool drained = true;     // all that was accepted was dealt with
    bool stdout_closed = false;
    bool hung = false;              // foreign code still runs
    std::vector<std::string> left;  // what was left where: "3 messages in a ~> b"
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
    static void run_source(Run& run, Node& node);
    static void end_root(Run& run, Call& call, std::int32_t status);
    bool wait_for_sources();
    bool drain();
    bool close_part(std::uint32_t part);
    void end_node(Node& node);
    void end_rest();
    static void end_instances(Run& run, Node& node);
    bool quiet(std::uint32_t part) const;
    void name_left(Outcome& outcome) const;
    std::vector<const Edge*> in_delivery() const;
    void destroy();
    Time limit() const;
    template <class Done>
    bool wait_for(Done&& done);

    World& world_;
    const Options options_;
    mutable std::mutex alive_;  // held while run_ goes, and by those of other threads who use it
    std::unique_ptr<Run> run_;
    std::unique_ptr<Stalls> stalls_;
    std::vector<World::Thread> threads_;  // of sources, and of ends
    Time end_ = never;                    // by max_time
    bool timed_out_ = false;
    std::atomic<Time> stop_time_{never};
    bool over_ = false;  // guarded by alive_: the components are about to be destroyed
};

}  // namespace flowrun::engine
