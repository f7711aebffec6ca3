#pragma once
// A thread's place in the run: the calls on its stack, what it has counted, its stocks. A source has one, so has each of the
// scheduler's threads, and each foreign thread that calls in. Its own thread's, but for what call/counts.hh and
// call/call_stack.hh let others read.

#include <atomic>
#include <cstdint>
#include <memory>

#include "engine/call/call.hh"
#include "engine/call/call_stack.hh"
#include "engine/call/counts.hh"
#include "engine/schedule/thread.hh"
#include "expr/frame.hh"

namespace flowrun::engine {

class RunContext;

class ThreadContext final : public Thread {
public:
    // `filled`: a frame in which the constants of expressions are.
    ThreadContext(RunContext& run, World& world, std::size_t edges, const expr::Frame& filled, std::uint64_t seed);

    RunContext& run;
    std::unique_ptr<Counts[]> counts;  // by edge
    std::unique_ptr<Runs[]> runs;      // likewise
    Counts::Number begun{0};           // messages that sources have begun here

    CallStack stack;
    std::uint32_t depth = 0;       // of nested calls
    trace::SpanId parent = 0;      // of the next hop
    const Node* ending = nullptr;  // whose `end` it is in
    bool guarded = false;          // in a call that may be abandoned
    bool in_place = false;         // inside of what an emit without waiting has begun on its own thread
    // What the chain that left the thread last waits for.
    enum class Left : std::uint8_t { for_answer, for_room, for_word };  // word: a queue's that it holds the message
    Left left = Left::for_answer;
    std::atomic<const Edge*> waits_for{nullptr};  // where it waits for room: whose queue
    std::uint64_t random();                       // for jitter

    expr::Frame frame;  // for expressions; the constants are filled
    ScratchStock scratch;

private:
    std::uint64_t seed_;
};

inline ThreadContext& context_of(Thread& thread) { return static_cast<ThreadContext&>(thread); }

}  // namespace flowrun::engine
