// One line of a set of cases, answered.

#include <fmt/format.h>

#include "expr/convert.hh"
#include "expr/describe.hh"
#include "expr/program.hh"
#include "expr/typed.hh"
#include "value/json.hh"

namespace flowrun::expr {
namespace {

void write_error(std::string_view message, std::string& out) {
    out += "{\"error\":";
    value::write_string(message, out);
    out += '}';
}

// Declares and sets what the case binds; the message of a binding that cannot be read, or nothing.
std::string bind(const value::Node& bindings, Scope& scope, std::vector<Value>& values, Arena& arena) {
    for (const auto [name, held] : value::entries(bindings)) {
        const auto v = read_typed(held, arena);
        if (!v) return fmt::format("binding '{}': {}", name.bytes_view(), v.error());
        if (scope.variable(name.bytes_view()) != nullptr) continue;
        scope.add(std::string(name.bytes_view()), Type::dyn());
        values.push_back(*v);
    }
    return {};
}

}  // namespace

void answer_case(std::string_view line, Surroundings* surroundings, bool strict, std::string& out) {
    if (line.find_first_not_of(" \t") == std::string_view::npos) return write_error("the line is empty", out);
    const auto parsed = value::parse(line);
    if (!parsed)
        return write_error(fmt::format("not JSON: {} at byte {}", parsed.error().message, parsed.error().offset), out);
    const value::Node* text = (*parsed)->member("expr");
    if (text == nullptr || !text->as_string()) return write_error("the case has no 'expr' that is a string", out);
    Scope scope;
    Arena arena;
    std::vector<Value> values;
    if (const value::Node* bindings = (*parsed)->member("bindings")) {
        if (!bindings->is(value::Kind::map)) return write_error("'bindings' is no map of typed values", out);
        const std::string problem = bind(*bindings, scope, values, arena);
        if (!problem.empty()) return write_error(problem, out);
    }
    const auto program = Program::compile(*text->as_string(), scope, {}, strict ? Checking::strict : Checking::lenient);
    if (!program) {
        const Problem& problem = program.error().front();
        return write_error(fmt::format("{} (at byte {})", problem.message, problem.offset), out);
    }
    Frame frame(scope);
    frame.surroundings = surroundings;
    for (Slot slot = 0; slot < values.size(); ++slot) frame.set(slot, values[slot]);
    const auto result = program->evaluate(frame, arena);
    if (!result) return write_error(describe(result.error(), *text->as_string()), out);
    if (!writable(*result)) return write_error("the value is too large to be written", out);
    out += "{\"value\":";
    write_typed(*result, out);
    out += '}';
}

}  // namespace flowrun::expr
