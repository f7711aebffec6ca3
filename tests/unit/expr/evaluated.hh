#pragma once
// Expressions tried out by tests.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "expr/program.hh"
#include "expr/typed.hh"
#include "value/json.hh"

namespace flowrun::expr::test {

// Variables by name, as JSON text.
using Bindings = std::map<std::string, std::string>;

struct Clock final : Surroundings {
    std::int64_t now() override { return 1'700'000'000'500'000'000; }
    std::uint64_t random() override { return seed = seed * 6364136223846793005u + 1442695040888963407u; }
    std::uint64_t seed = 1;
};

// The typed result, as {"int":"1"}; or "error: …" with what compile or evaluate said.
inline std::string typed(std::string_view text, const Bindings& bindings = {}, Checking checking = Checking::strict,
                         Limits limits = {}) {
    Scope scope;
    std::vector<value::Value> documents;
    for (const auto& [name, json] : bindings) {
        scope.add(name, Type::dyn());
        documents.push_back(*value::parse(json));
    }
    const auto program = Program::compile(text, scope, {}, checking);
    if (!program) return "error: " + program.error().front().message;
    Clock clock;
    Frame frame(scope);
    frame.surroundings = &clock;
    frame.limits = limits;
    for (Slot i = 0; i < documents.size(); ++i) frame.set(i, Value::from(*documents[i]));
    Arena arena;
    const auto v = program->evaluate(frame, arena);
    if (!v) return "error: " + std::string(v.error().message);
    std::string out;
    write_typed(*v, out);
    return out;
}

inline bool holds(std::string_view text, const Bindings& bindings = {}) {
    return typed(text, bindings) == R"({"bool":true})";
}

inline std::string with_int(std::int64_t v) { return "{\"int\":\"" + std::to_string(v) + "\"}"; }
inline std::string with_string(const std::string& v) { return "{\"string\":\"" + v + "\"}"; }

inline bool fails(const std::string& outcome, std::string_view with = {}) {
    return outcome.starts_with("error: ") && outcome.find(with) != std::string::npos;
}

// The project's folder. Not from __FILE__: a compiler cache may make that relative.
inline std::string project() { return FLOWRUN_SOURCE; }

}  // namespace flowrun::expr::test
