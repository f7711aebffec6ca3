#pragma once
// A growing array of Nodes that keeps its memory for the next use. Growing moves them all.

#include <cstddef>
#include <cstdlib>
#include <type_traits>
#include <utility>

#include "base/raw_memory.hh"
#include "value/node.hh"

namespace flowrun::value {

static_assert(std::is_trivially_copyable_v<Node>);

class Tape {
public:
    Tape() = default;
    Tape(Tape&& other) noexcept
        : nodes_(std::exchange(other.nodes_, nullptr)), capacity_(std::exchange(other.capacity_, 0)) {}
    Tape& operator=(Tape&& other) noexcept {
        std::swap(nodes_, other.nodes_);
        std::swap(capacity_, other.capacity_);
        return *this;
    }
    ~Tape() { std::free(nodes_); }

    Node* nodes() const { return nodes_; }
    std::size_t capacity() const { return capacity_; }

    // Room for at least `wanted`, and for half as much again as before.
    void reserve(std::size_t wanted) {
        if (wanted <= capacity_) return;
        const std::size_t more = capacity_ + capacity_ / 2;
        const std::size_t next = wanted > more ? wanted : more;
        nodes_ = static_cast<Node*>(reallocated(nodes_, next * sizeof(Node)));
        capacity_ = next;
    }
    void forget() {
        std::free(std::exchange(nodes_, nullptr));
        capacity_ = 0;
    }

private:
    Node* nodes_ = nullptr;
    std::size_t capacity_ = 0;
};

}  // namespace flowrun::value
