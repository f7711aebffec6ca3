#include "value/copy.hh"

#include <cstdint>
#include <cstring>

namespace flowrun::value {

namespace {

bool has_text(const Node& n) { return n.kind >= Kind::integer && (n.flags & Node::binary) == 0; }

// Bytes behind n.text; for what has_text().
std::size_t extent(const Node& n) { return n.is(Kind::string) || n.is(Kind::bytes) ? n.count : n.text_size; }

// The stretch of text last seen to be copied whole: that of a list or map. What lies within it is there already.
struct Stretch {
    std::uintptr_t begin = 0;
    std::size_t size = 0;

    bool covers(const Node& n, std::size_t bytes) const {
        const std::uintptr_t offset = reinterpret_cast<std::uintptr_t>(n.text) - begin;
        return offset <= size && bytes <= size - offset;
    }
    void see(const Node& n) {
        if (n.is(Kind::list) || n.is(Kind::map)) *this = {reinterpret_cast<std::uintptr_t>(n.text), n.text_size};
    }
};

bool wholly_inside(const Node& n) { return (n.flags & Node::inside) != 0 && n.text_size > 0; }

// All text is one stretch: every pointer moves by the same distance.
void copy_inside(const Node& root, Node* nodes, char* text) {
    std::memcpy(text, root.text, root.text_size);
    const Node* from = &root;
    const Node* const end = root.next();
    for (; from != end; ++from, ++nodes) {
        Node n = *from;
        if (n.kind >= Kind::integer) n.text = text + (n.text - root.text);
        *nodes = n;
    }
}

}  // namespace

std::size_t text_bytes(const Node& root) {
    if (wholly_inside(root)) return root.text_size;
    std::size_t total = 0;
    Stretch done;
    for (const Node* n = &root; n != root.next(); ++n) {
        if (!has_text(*n)) continue;
        const std::size_t bytes = extent(*n);
        if (bytes == 0 || done.covers(*n, bytes)) continue;
        total += bytes;
        done.see(*n);
    }
    return total;
}

void copy_nodes(const Node& root, Node* nodes, char* text) {
    Node* const first = nodes;
    if (wholly_inside(root)) {
        copy_inside(root, nodes, text);
    } else {
        Stretch done;
        const char* copy = nullptr;  // of `done`
        for (const Node* n = &root; n != root.next(); ++n, ++nodes) {
            *nodes = *n;
            if (!has_text(*n)) continue;
            const std::size_t bytes = extent(*n);
            if (bytes == 0) {
                nodes->text = text;
                continue;
            }
            if (done.covers(*n, bytes)) {
                nodes->text = copy + (reinterpret_cast<std::uintptr_t>(n->text) - done.begin);
                continue;
            }
            std::memcpy(text, n->text, bytes);
            nodes->text = text;
            if (n->is(Kind::list) || n->is(Kind::map)) copy = text;
            done.see(*n);
            text += bytes;
        }
    }
    first->flags = static_cast<std::uint8_t>(first->flags & ~Node::owned);
}

}  // namespace flowrun::value
