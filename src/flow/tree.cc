#include "flow/tree.hh"

namespace flowrun::flow {

const Tree* Tree::member(std::string_view name) const {
    for (std::size_t i = 0; i < keys.size(); ++i) {
        if (keys[i] == name) return &items[i];
    }
    return nullptr;
}

}  // namespace flowrun::flow
