#pragma once
// An observer that keeps what has failed with what led to it, and prints that only when asked: for a quiet run that failed.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include "trace/format.hh"
#include "trace/lanes.hh"
#include "trace/span.hh"

namespace flowrun::trace {

class Tail : public Observer {
public:
    static constexpr std::size_t kept = 1024;   // the last spans of each thread
    static constexpr std::size_t pinned = 100;  // failures of each thread, the first, with what led to them

    // `claimed_too`: what an error route took counts as failed.
    explicit Tail(bool claimed_too = false) : claimed_too_(claimed_too) {}

    void span(Span&& span) override;
    // Appends the hops of messages that have failed, message by message in order of their ends, each line made by `format`.
    // Messages that fared alike are shown once, with their number. Any thread, also while others record. Takes nothing away.
    void print(Format& format, Block& out);

private:
    // The last spans of one thread. Its lock is contended only while someone prints or sweeps.
    struct Lane {
        std::mutex mutex;
        std::uint64_t count = 0;   // so far, or since spans were put in order
        std::vector<Span> spans;   // span number n at n % kept
        std::vector<Span> pinned;  // those of messages that failed, however many come later
        std::size_t failures = 0;  // that are pinned
        void keep(Span&& span);
    };
    void pin(Lane& lane, const Span& failed);
    bool bad(const Span& span) const;
    void sweep();
    std::vector<Span> of_failures();

    const bool claimed_too_;
    Lanes<Lane> lanes_;
    std::mutex mutex_;                           // of printing, sweeping, and what follows
    std::vector<Span> ended_, pinned_by_ended_;  // what threads that have ended left behind
    std::atomic<std::uint32_t> begun_ = 0;
};

}  // namespace flowrun::trace
