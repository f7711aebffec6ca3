#pragma once
// A Value owns a document: one block of memory holding a count, the Nodes, and the bytes they point at. Copying a Value
// takes a reference; the last one frees the block. Immutable, so it may be shared between threads.

#include <cstddef>
#include <string_view>
#include <utility>

#include "value/node.hh"

namespace flowrun::value {

class Value {
public:
    Value() = default;  // empty: no document
    // Takes a reference on the document when `node` is the root of an owned one, else copies `node` and all it points
    // at into a document of its own.
    static Value keep(const Node& node);
    // Always copies.
    static Value copy(const Node& node);
    static Value null();
    static Value string(std::string_view utf8);

    Value(const Value& other);
    Value(Value&& other) noexcept : root_(std::exchange(other.root_, nullptr)) {}
    Value& operator=(Value other) noexcept {
        std::swap(root_, other.root_);
        return *this;
    }
    ~Value() {
        if (root_ != nullptr) drop(root_);
    }

    explicit operator bool() const { return root_ != nullptr; }
    const Node& operator*() const { return *root_; }
    const Node* operator->() const { return root_; }
    const Node* get() const { return root_; }

    // Bytes of memory that this document keeps alive (what a queue's byte bound counts).
    std::size_t footprint() const;

    // For the plugin border: gives the reference away as a bare pointer, and takes it back.
    const Node* release() { return std::exchange(root_, nullptr); }
    static Value adopt(const Node* root);

private:
    explicit Value(const Node* root) : root_(root) {}
    static void drop(const Node* root);
    const Node* root_ = nullptr;
};

// Bytes that a Value::copy of this node would take.
std::size_t footprint_of(const Node& node);

// Bytes that Value::keep of this node keeps alive: of the document whose root it is, else of the copy that is made.
std::size_t memory_of(const Node& node);

// Equality as JSON data: numbers by value (1 == 1.0), maps regardless of order, bytes only with bytes.
bool equal(const Node& a, const Node& b);

}  // namespace flowrun::value
