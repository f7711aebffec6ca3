#pragma once
// The values of the variables for one evaluation, and the little that an expression may ask of its surroundings.
// One thread at a time; made once and refilled.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "expr/scope.hh"
#include "expr/value.hh"

namespace flowrun::expr {

// What now() and uuid() read. Called from the thread that evaluates.
class Surroundings {
public:
    virtual ~Surroundings() = default;
    virtual std::int64_t now() = 0;      // nanoseconds since 1970
    virtual std::uint64_t random() = 0;  // 64 bits that nobody can guess, or drawn from the seed of a simulation
};

// Bounds of one evaluation; passing one is a Failure.
struct Limits {
    std::uint64_t steps = 50'000'000;  // turns of loops, weighed by the size of their bodies, and elements copied
    std::size_t memory = 256u << 20;   // bytes taken from the arena
};

class Frame {
public:
    explicit Frame(Slot slots = 0) : values_(slots, Value::absent()) {}
    explicit Frame(const Scope& scope) : Frame(scope.slots()) {}

    void set(Slot slot, Value value) { values_[slot] = value; }
    const Value& operator[](Slot slot) const { return values_[slot]; }
    Slot slots() const { return static_cast<Slot>(values_.size()); }

    Surroundings* surroundings = nullptr;  // nullptr: now() and uuid() are errors
    Limits limits;

private:
    std::vector<Value> values_;
};

}  // namespace flowrun::expr
