#pragma once
// The value {n: …} that generate and ticker emit where no other was given.

#include <flowrun/component.hh>

#include <cstdint>

namespace flowrun::core {

class Counter {
public:
    explicit Counter(const flowrun_values* values) : builder_(values) {}
    // Borrowed until the next call.
    sdk::Value value(std::int64_t n) { return builder_.map().key("n").integer(n).end().finish(); }

private:
    sdk::Builder builder_;
};

}  // namespace flowrun::core
