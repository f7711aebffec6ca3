#pragma once
// An observer that keeps the last spans and prints them only when asked: for a quiet run that failed.

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
    static constexpr std::size_t kept = 100;

    void span(Span&& span) override;
    // Appends the last 100 spans in order of their end, each line made by `format`. Any thread, also while others
    // record. Takes nothing away.
    void print(Format& format, Block& out);

private:
    // The last spans of one thread. Its lock is contended only while someone prints or sweeps.
    struct Lane {
        std::mutex mutex;
        std::uint64_t count = 0;  // so far, or since spans were put in order
        std::vector<Span> spans;  // span number n at n % kept
        void keep(Span&& span);
        std::vector<Span>& in_order();
    };
    void sweep();

    Lanes<Lane> lanes_;
    std::mutex mutex_;         // of printing, sweeping, and what follows
    std::vector<Span> ended_;  // what threads that have ended left behind
    std::atomic<std::uint32_t> begun_ = 0;
};

}  // namespace flowrun::trace
