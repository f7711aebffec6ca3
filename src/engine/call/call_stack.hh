#pragma once
// The hops in progress on a thread, newest last. Memory is not initialised: a run of plain hops, each going on where the one
// before forwarded to, is one Frame, of which each of them writes one word. Written by its own thread; look() and seen() are
// for any.

#include <atomic>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <type_traits>
#include <vector>

#include "base/raw_memory.hh"
#include "base/world.hh"
#include "engine/call/call.hh"
#include "engine/call/error_port.hh"
#include "engine/schedule/thread.hh"
#include "trace/span.hh"

namespace flowrun::engine {

struct Edge;

// What of a frame its own thread alone looks at.
struct FrameWork {
    queue::Meta* own_meta;              // made for this hop by `key`; owned
    CallScratch* made;                  // holds the value that `map` made
    Thread::Deadline outer;             // the deadline in force before this hop, where it is `timed`
    Time start, queued, end;            // of the span; end: once the result is known
    trace::SpanId span, parent_before;  // span 0: not traced
    std::uint32_t instance;             // of the target, where it has several
    std::uint32_t number;               // of the attempt
    bool refused;                       // failed before its node was entered: the emitter's failure
    bool timed;                         // has set the thread's deadline
    bool holds_instance;                // is still in the node's instance lock
    bool attempt;                       // one attempt of a delivery: its owner counts
    bool routes_error;                  // a failure goes to the target's error route
    ErrorPort asked;                    // the last of its ports that the failure has gone to
    Error* cause;                       // what it was; owned; set while it is under way there and once it is taken
    CallScratch* told;                  // holds what the port has sent, while that is under way
    const value::Node* message;
    const queue::Meta* meta;
    CallScratch* scratch;  // held by a call that has forwarded; the downstream may borrow from it
};

// What must be done when a hop's result is known. A chain of forwards is a run of these, and no stack. Other threads may look
// at its own three fields while they are written.
struct Frame : FrameWork {
    const Edge* edge;
    const Edge* first;  // plain: where the run began, from which Edge::next leads to `edge`
    bool plain;         // nothing but the call: those of such a hop end here

    void set_edge(const Edge& to) { std::atomic_ref(edge).store(&to, std::memory_order_relaxed); }
    void set_plain(const Edge* from) {
        std::atomic_ref(first).store(from, std::memory_order_relaxed);
        std::atomic_ref(plain).store(from != nullptr, std::memory_order_relaxed);
    }
};
static_assert(std::is_trivially_copyable_v<Frame>);

class CallStack {
public:
    CallStack() = default;
    CallStack(const CallStack&) = delete;
    CallStack& operator=(const CallStack&) = delete;

    std::size_t size() const { return size_.load(std::memory_order_relaxed); }
    // A hop of this edge, plain where `from` says that a run begins or goes on there; its other fields are the caller's
    // to fill.
    Frame& push(const Edge& edge, const Edge* from) {
        std::size_t size = this->size();
        if (size == room_) grow();
        Frame& h = hops_.load(std::memory_order_relaxed)[size];
        h.set_edge(edge);
        h.set_plain(from);
        size_.store(size + 1, std::memory_order_release);
        return h;
    }
    Frame& push(const Frame& frame) {
        Frame& h = push(*frame.edge, frame.plain ? frame.first : nullptr);
        static_cast<FrameWork&>(h) = frame;
        return h;
    }
    Frame& back() { return (*this)[size() - 1]; }
    const Frame& back() const { return hops_.load(std::memory_order_relaxed)[size() - 1]; }
    Frame& operator[](std::size_t i) { return hops_.load(std::memory_order_relaxed)[i]; }
    void pop() {
        assert(size() != 0);
        size_.store(size() - 1, std::memory_order_relaxed);
    }
    // Calls fn(const Edge& newest, const Edge* first) for each hop, or run of plain ones (first is set then), from any
    // thread: what it sees may be out of date.
    template <class F>
    void look(F&& fn) const {
        std::size_t size = size_.load(std::memory_order_acquire);
        Frame* hops = hops_.load(std::memory_order_acquire);
        for (std::size_t i = 0; i < size; ++i) {
            fn(*std::atomic_ref(hops[i].edge).load(std::memory_order_relaxed),
               std::atomic_ref(hops[i].plain).load(std::memory_order_relaxed)
                   ? std::atomic_ref(hops[i].first).load(std::memory_order_relaxed)
                   : nullptr);
        }
    }
    // The edge of the newest hop, as seen from any thread: it may be out of date. nullptr: there is none.
    const Edge* seen() const {
        std::size_t size = size_.load(std::memory_order_acquire);
        if (size == 0) return nullptr;
        Frame& h = hops_.load(std::memory_order_acquire)[size - 1];
        return std::atomic_ref(h.edge).load(std::memory_order_relaxed);
    }

private:
    // Whoever looks from another thread may still look at the old ones: they are kept.
    void grow() {
        std::size_t size = this->size(), room = room_ == 0 ? 32 : room_ * 2;
        void* more = allocated(room * sizeof(Frame));
        auto* hops = static_cast<Frame*>(more);
        if (size != 0) std::memcpy(more, hops_.load(std::memory_order_relaxed), size * sizeof(Frame));
        all_.emplace_back(hops, &std::free);
        hops_.store(hops, std::memory_order_release);
        room_ = room;
    }

    std::atomic<Frame*> hops_{nullptr};
    std::atomic<std::size_t> size_{0};
    std::size_t room_ = 0;
    std::vector<std::unique_ptr<Frame, void (*)(void*)>> all_;
};

}  // namespace flowrun::engine
