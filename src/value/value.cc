#include "value/value.hh"

#include <atomic>
#include <cassert>
#include <cstdint>
#include <cstdlib>
#include <new>

#include "value/blocks.hh"
#include "value/copy.hh"

namespace flowrun::value {

namespace {

// What stands before the Nodes in a document's block.
struct Header {
    std::atomic<std::uint32_t> references = 1;
    std::size_t size = 0;  // of the whole block
};
static_assert(sizeof(Header) % alignof(Node) == 0);

Header* header_of(const Node* root) {
    assert(root->flags & Node::owned);
    return reinterpret_cast<Header*>(const_cast<Node*>(root)) - 1;
}

std::size_t block_size(const Node& node, std::size_t text) { return sizeof(Header) + node.span * sizeof(Node) + text; }

Node* allocate(std::size_t size) {
    auto* header = new (allocate_block(size)) Header;
    header->size = size;
    return reinterpret_cast<Node*>(header + 1);
}

void take(const Node* root) { header_of(root)->references.fetch_add(1, std::memory_order_relaxed); }

}  // namespace

Value Value::copy(const Node& node) {
    const std::size_t text = text_bytes(node);
    Node* root = allocate(block_size(node, text));
    copy_nodes(node, root, reinterpret_cast<char*>(root + node.span));
    root->flags |= Node::owned;
    return Value(root);
}

Value Value::keep(const Node& node) {
    if ((node.flags & Node::owned) == 0) return copy(node);
    take(&node);
    return Value(&node);
}

Value Value::null() { return copy(Node{}); }

Value Value::string(std::string_view utf8) {
    assert(utf8.size() <= UINT32_MAX);
    Node node;
    node.kind = Kind::string;
    node.count = static_cast<std::uint32_t>(utf8.size());
    node.text = utf8.data();
    return copy(node);
}

Value::Value(const Value& other) : root_(other.root_) {
    if (root_ != nullptr) take(root_);
}

void Value::drop(const Node* root) {
    Header* header = header_of(root);
    // Alone, there is nobody to race with: no locked instruction is needed.
    if (header->references.load(std::memory_order_acquire) != 1 &&
        header->references.fetch_sub(1, std::memory_order_acq_rel) != 1) {
        return;
    }
    free_block(header, header->size);
}

std::size_t Value::footprint() const { return root_ == nullptr ? 0 : header_of(root_)->size; }

Value Value::adopt(const Node* root) { return Value(root); }

std::size_t footprint_of(const Node& node) { return block_size(node, text_bytes(node)); }

std::size_t memory_of(const Node& node) {
    return (node.flags & Node::owned) != 0 ? header_of(&node)->size : footprint_of(node);
}

}  // namespace flowrun::value
