#include "engine/call/thread_context.hh"

namespace flowrun::engine {

CallScratch& Call::more() {
    if (scratch == nullptr) scratch = &thread->scratch.acquire();
    return *scratch;
}

ThreadContext::ThreadContext(RunContext& of, World& in, std::size_t edges, const expr::Frame& filled,
                             std::uint64_t seed)
    : Thread(in), run(of), counts(std::make_unique<Counts[]>(edges)), runs(std::make_unique<Runs[]>(edges)),
      frame(filled), seed_(seed) {}

// SplitMix64: good enough for ids, backoff and spreading load; never used where guessing would matter.
std::uint64_t ThreadContext::random() {
    std::uint64_t z = (seed_ += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

}  // namespace flowrun::engine
