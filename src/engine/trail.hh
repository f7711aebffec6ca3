#pragma once
// The hops in progress on a lane, newest last. Memory is not initialised: a plain hop writes two words of its Hop.

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <type_traits>

#include "base/world.hh"
#include "engine/call.hh"

namespace flowrun::engine {

struct Edge;

// What must be done when a hop's result is known. A chain of forwards is a run of these, and no stack.
struct Hop {
    const Edge* edge;
    Extra* extra;  // held by a call that has forwarded; the downstream may borrow from it
    const value::Node* message;
    const queue::Meta* meta;
    // Those of a plain edge end here.
    queue::Meta* own_meta;  // made for this hop by `key`; owned
    Extra* made;            // holds the value that `map` made
    Time deadline_before;
    Time start, queued;
    trace::SpanId span, parent_before;  // span 0: not traced
    std::uint32_t number;               // of the attempt
    std::uint32_t instance;             // of the target, where it has several
    bool gated;                         // still in the node's gate
    bool timed;                         // has set the lane's deadline
    bool attempt;                       // one attempt of a delivery: its owner counts
    bool claims;                        // a failure goes to the target's error route
    bool refused;                       // failed before its node was entered: the emitter's failure
};
static_assert(std::is_trivially_copyable_v<Hop>);

class Trail {
public:
    Trail() = default;
    ~Trail() { std::free(hops_); }
    Trail(const Trail&) = delete;
    Trail& operator=(const Trail&) = delete;

    std::size_t size() const { return size_; }
    Hop& push() {
        if (size_ == room_) grow();
        return hops_[size_++];
    }
    Hop& back() { return hops_[size_ - 1]; }
    Hop& operator[](std::size_t i) { return hops_[i]; }
    void pop() {
        assert(size_ != 0);
        --size_;
    }

private:
    void grow() {
        std::size_t room = room_ == 0 ? 32 : room_ * 2;
        void* more = std::realloc(static_cast<void*>(hops_), room * sizeof(Hop));
        if (more == nullptr) throw std::bad_alloc();
        hops_ = static_cast<Hop*>(more);
        room_ = room;
    }
    Hop* hops_ = nullptr;
    std::size_t size_ = 0, room_ = 0;
};

}  // namespace flowrun::engine
