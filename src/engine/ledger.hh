#pragma once
// The account of a run: for each edge every accepted message, once, by its delivery's final result.

#include <cstdint>
#include <string>
#include <vector>

namespace flowrun::engine {

struct Account {
    std::string edge;  // as the trace names it
    bool async = false;
    std::uint64_t accepted = 0, ok = 0, filtered = 0, dropped = 0, claimed = 0, failed = 0, left = 0;
    std::uint64_t retried = 0, late = 0;

    bool adds_up() const { return accepted == ok + filtered + dropped + claimed + failed + left; }
};

struct Ledger {
    std::vector<Account> edges;
    std::uint64_t raised = 0;       // failures of single records that no error route took
    std::uint64_t root_failed = 0;  // emits of sources, and of calls that no message began, that failed unclaimed
    std::uint64_t unclaimed = 0;    // deliveries of async edges that failed and that no error route took
    std::uint64_t refused = 0;      // messages that sources could not hand on because the run was ending
    std::uint64_t messages = 0;     // root messages: emitted by sources

    bool adds_up() const;
    // Something failed unclaimed or was left behind.
    bool failed() const;
};

}  // namespace flowrun::engine
