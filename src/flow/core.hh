#pragma once
// What an untyped plain scalar means: the core schema of YAML 1.2. `no`, `on`, `1.10.2`, `12:30` are strings.

#include <cstdint>
#include <string>
#include <string_view>

#include "flow/tree.hh"
#include "value/builder.hh"

namespace flowrun::flow {

enum class CoreKind : std::uint8_t {
    null,
    boolean,
    integer,
    real,
    special,  // .inf, .nan: numbers that JSON has not
    string,
};

struct Core {
    CoreKind kind = CoreKind::string;
    bool truth = false;  // of a boolean
    std::string json;    // of an integer or real: its JSON text, all digits kept
};

// Quoted and block scalars are strings.
Core core_of(const Tree& scalar);
Core core_of(std::string_view plain);

// Appends it; `special` is a caller's mistake.
void build(const Core& core, std::string_view text, value::Builder& out);

// "a string", "an integer": what messages call it.
std::string_view name_of(CoreKind kind);

}  // namespace flowrun::flow
