#include "engine/call/message_scope.hh"

namespace flowrun::engine {
namespace {

const flow::Tree* scalar_at(const flow::Tree& tree, std::uint32_t offset) {
    if (tree.kind == flow::Tree::Kind::scalar) return tree.place.offset == offset ? &tree : nullptr;
    for (const flow::Tree& item : tree.items) {
        if (const flow::Tree* found = scalar_at(item, offset)) return found;
    }
    return nullptr;
}

}  // namespace

std::string_view text_at(const flow::Tree& tree, std::uint32_t offset) {
    const flow::Tree* leaf = scalar_at(tree, offset);
    return leaf == nullptr ? std::string_view() : std::string_view(leaf->text);
}

}  // namespace flowrun::engine
