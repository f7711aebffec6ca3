#pragma once
// The settings that have been evaluated for a call, by number. It is cleared at every message, at no cost.

#include <cstdint>
#include <vector>

#include "value/node.hh"

namespace flowrun::engine {

class MadeSettings {
public:
    // nullptr: not yet.
    const value::Node* operator[](std::uint32_t number) const {
        if (number < marked) return (marks_ >> number & 1) != 0 ? made_[number] : nullptr;
        return number < made_.size() ? made_[number] : nullptr;
    }
    void put(std::uint32_t number, const value::Node* made) {
        if (made == nullptr) return;
        if (made_.size() <= number) made_.resize(std::size_t{number} + 1);
        made_[number] = made;
        if (number < marked) marks_ |= std::uint64_t{1} << number;
    }
    void clear() {
        marks_ = 0;
        if (made_.size() > marked) made_.resize(marked);
    }

private:
    static constexpr std::uint32_t marked = 64;  // of these a bit says whether there is one
    std::uint64_t marks_ = 0;
    std::vector<const value::Node*> made_;
};

}  // namespace flowrun::engine
