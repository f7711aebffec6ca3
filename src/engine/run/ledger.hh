#pragma once
// The account of a run: for each edge every accepted message, once, by its delivery's final result.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/call/run_context.hh"
#include "engine/edge/async_edge.hh"

namespace flowrun::engine {

struct Account {
    std::string edge;  // as the trace names it
    bool async = false;
    bool elsewhere = false;  // used by another process alone
    std::uint64_t accepted = 0, ok = 0, filtered = 0, dropped = 0, claimed = 0, failed = 0, left = 0;
    std::uint64_t retried = 0, late = 0;
    std::uint64_t found = 0;      // in a durable queue, by an earlier run or another process; beside `accepted`
    std::uint64_t persisted = 0;  // in a durable queue, for a later run or another process
    std::uint64_t again = 0;      // given out once more by the queue; not part of the sum
    std::uint64_t lapsed = 0;     // dealt with when the queue had already given it to another; not part of the sum
    std::uint64_t in_doubt = 0;   // dealt with, but the queue has not said that it knows; not part of the sum

    bool adds_up() const { return accepted + found == ok + filtered + dropped + claimed + failed + left + persisted; }
};

struct Ledger {
    std::vector<Account> edges;
    std::uint64_t raised = 0;       // failures of single records that no error route took
    std::uint64_t root_failed = 0;  // emits of sources, and of calls that no message began, that failed unclaimed
    std::uint64_t unclaimed = 0;    // deliveries of async edges that failed and that no error route took
    std::uint64_t refused = 0;      // messages that sources could not hand on because the run was ending
    std::uint64_t handled = 0;      // failures that an error route took; nothing is wrong with them
    std::uint64_t messages = 0;     // that sources began

    bool adds_up() const;
    std::uint64_t dropped() const;  // by full queues, on all edges
    // Something failed unclaimed or was left behind.
    bool failed() const;
};

// `clean`: nothing is in progress any more. Else what is on the stack of a call that has not returned is left behind as well.
Ledger ledger_of(RunContext& run, const std::vector<std::unique_ptr<AsyncEdge>>& queues, bool clean);

}  // namespace flowrun::engine
