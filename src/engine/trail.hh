#pragma once
// The hops in progress on a lane, newest last. Memory is not initialised: a run of plain hops, each going on where the one
// before forwarded to, is one Hop, of which each of them writes one word.

#include <atomic>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <type_traits>
#include <vector>

#include "base/world.hh"
#include "engine/call.hh"

namespace flowrun::engine {

struct Edge;

// What of a hop its own thread alone looks at.
struct HopWork {
    queue::Meta* own_meta;  // made for this hop by `key`; owned
    Extra* made;            // holds the value that `map` made
    Time deadline_before;
    Duration allowed_before;
    Time start, queued;
    trace::SpanId span, parent_before;  // span 0: not traced
    std::uint32_t instance;             // of the target, where it has several
    bool refused;                       // failed before its node was entered: the emitter's failure
    bool timed;                         // has set the lane's deadline
    bool gated;                         // still in the node's gate
    bool attempt;                       // one attempt of a delivery: its owner counts
    bool claims;                        // a failure goes to the target's error route
    std::uint32_t number;               // of the attempt
    const value::Node* message;
    const queue::Meta* meta;
    Extra* extra;  // held by a call that has forwarded; the downstream may borrow from it
};

// What must be done when a hop's result is known. A chain of forwards is a run of these, and no stack.
// Others may look at these three while they are written.
struct Hop : HopWork {
    const Edge* edge;
    const Edge* first;  // plain: where the run began, from which Edge::next leads to `edge`
    bool plain;         // nothing but the call: those of such a hop end here

    void set_edge(const Edge& to) { std::atomic_ref(edge).store(&to, std::memory_order_relaxed); }
    void set_plain(const Edge* from) {
        std::atomic_ref(first).store(from, std::memory_order_relaxed);
        std::atomic_ref(plain).store(from != nullptr, std::memory_order_relaxed);
    }
};
static_assert(std::is_trivially_copyable_v<Hop>);

class Trail {
public:
    Trail() = default;
    Trail(const Trail&) = delete;
    Trail& operator=(const Trail&) = delete;

    std::size_t size() const { return size_.load(std::memory_order_relaxed); }
    // A hop of this edge, plain where `from` says that a run begins or goes on there; its other fields are the caller's
    // to fill.
    Hop& push(const Edge& edge, const Edge* from) {
        std::size_t size = this->size();
        if (size == room_) grow();
        Hop& h = hops_.load(std::memory_order_relaxed)[size];
        h.set_edge(edge);
        h.set_plain(from);
        size_.store(size + 1, std::memory_order_release);
        return h;
    }
    Hop& push(const Hop& hop) {
        Hop& h = push(*hop.edge, hop.plain ? hop.first : nullptr);
        static_cast<HopWork&>(h) = hop;
        return h;
    }
    Hop& back() { return (*this)[size() - 1]; }
    Hop& operator[](std::size_t i) { return hops_.load(std::memory_order_relaxed)[i]; }
    void pop() {
        assert(size() != 0);
        size_.store(size() - 1, std::memory_order_relaxed);
    }
    // Calls fn(const Edge& newest, const Edge* first) for each hop, or run of plain ones (first is set then), from any
    // thread: what it sees may be out of date.
    template <class F>
    void look(F&& fn) const {
        std::size_t size = size_.load(std::memory_order_acquire);
        Hop* hops = hops_.load(std::memory_order_acquire);
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
        Hop& h = hops_.load(std::memory_order_acquire)[size - 1];
        return std::atomic_ref(h.edge).load(std::memory_order_relaxed);
    }

private:
    // Whoever looks from another thread may still look at the old ones: they are kept.
    void grow() {
        std::size_t size = this->size(), room = room_ == 0 ? 32 : room_ * 2;
        void* more = std::malloc(room * sizeof(Hop));
        if (more == nullptr) throw std::bad_alloc();
        auto* hops = static_cast<Hop*>(more);
        if (size != 0) std::memcpy(more, hops_.load(std::memory_order_relaxed), size * sizeof(Hop));
        all_.emplace_back(hops, &std::free);
        hops_.store(hops, std::memory_order_release);
        room_ = room;
    }

    std::atomic<Hop*> hops_{nullptr};
    std::atomic<std::size_t> size_{0};
    std::size_t room_ = 0;
    std::vector<std::unique_ptr<Hop, void (*)(void*)>> all_;
};

}  // namespace flowrun::engine
