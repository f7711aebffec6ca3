#pragma once
// The observer of a real run. Recording a span costs a few nanoseconds and no lock: each thread has a ring of its own. A
// writer thread takes from the rings, formats, and writes in big blocks. Nothing is lost: a thread whose ring is full
// waits for the writer.
//
// Order on output: spans of one thread in the order they were given; those of several threads by their end, as far as
// they were there when the writer looked.
// A first span after a pause is written at once; then what comes within a breath (10 ms on a terminal, else 40 ms) goes
// out together. Nothing to do costs nothing: the writer sleeps without a timer.
// Where the sink cannot be written any more, spans are taken and thrown away, and `Ending` has been told once.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "base/world.hh"
#include "trace/block.hh"
#include "trace/format.hh"
#include "trace/lanes.hh"
#include "trace/ring.hh"
#include "trace/sink.hh"
#include "trace/span.hh"

namespace flowrun::trace {

class Recorder : public Observer {
public:
    // Called once, on the writer thread, with the errno of the write that failed (EPIPE: the reader went away). It must
    // not call the recorder.
    using Failed = std::function<void(int)>;

    Recorder(World& world, std::unique_ptr<Format> format, Sink sink, Failed failed);
    Recorder(const Recorder&) = delete;
    Recorder& operator=(const Recorder&) = delete;
    // Writes what there is. No thread may be recording any more.
    ~Recorder() override;

    // Starts the writer thread, which is otherwise started with the first span; false: the system refuses it.
    bool begin();
    void span(Span&& span) override;
    // As Observer says; what other threads record meanwhile may or may not be out. Not from `Failed`.
    void flush() override { flush(never); }
    // The same, but no longer than until then: false when a reader who does not read holds it up. Recording threads may
    // then be held up too, and the recorder must not be destroyed: leave by _exit.
    bool flush(Time until);
    // 0, or the errno of the write that failed; any thread.
    int failure() const { return sink_.failure(); }

private:
    enum class Writer : std::uint8_t { awake, napping, asleep };  // asleep also before there is one
    struct Front {
        std::int64_t end;
        std::uint64_t left;  // spans that this round takes from the ring
        Ring* ring;
        bool operator<(const Front& other) const { return end > other.end; }  // a heap's top is the earliest
    };

    void wait_for_room(Ring& ring);
    void wake(std::unique_lock<std::mutex>& lock);
    bool start(std::unique_lock<std::mutex>& lock);
    void write();
    void rest(std::unique_lock<std::mutex>& lock, bool wrote);
    bool take_round();
    void take(std::uint64_t& taken, Front& front);
    void tell_blocked();
    bool anything();
    void put_out();

    World& world_;
    std::unique_ptr<Format> format_;
    Sink sink_;
    Failed failed_;
    const Duration breath_;
    Lanes<Ring> rings_;
    std::atomic<Writer> writer_ = Writer::asleep;  // changed under mutex_
    std::atomic<std::uint32_t> blocked_ = 0;       // threads that wait for room

    std::mutex mutex_;
    Condition work_, room_, flushed_;
    std::uint64_t flush_wanted_ = 0, flush_done_ = 0;
    bool stop_ = false;

    Block block_;                 // the writer's
    std::vector<Front> merging_;  // the writer's
    World::Thread thread_;
};

}  // namespace flowrun::trace
