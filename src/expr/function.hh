#pragma once
// The functions that expressions may call, and how one is called.
//
// A signature is the documentation, the checker's rule and the dispatcher's test in one:
//     size(string) -> int                       a global function (also called as a receiver when it says ':')
//     string:indexOf(string, int) -> int        called as text.indexOf(part, from)
//     math.greatest(number...) -> number        a namespaced one; `...`: the last may be repeated
// Types: null bool int uint double string bytes list map timestamp duration type optional secret dyn, list(T), map(K,
// V), optional(T); number is any of int, uint, double; A, B, K, V stand for any type, the same throughout the
// signature.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "expr/type.hh"
#include "expr/value.hh"

namespace flowrun::expr {

struct Context;
class Op;

// One call: its arguments (the receiver first), and how it fails.
struct Call {
    Context& context;
    const Op& op;
    const Value* arguments;
    std::uint32_t count;

    const Value& operator[](std::size_t i) const { return arguments[i]; }
    std::string_view text(std::size_t i) const { return arguments[i].view(); }

    // Text is kept in the arena.
    Value fail(std::string_view message) const;
    Value fail(std::string_view message, const Value& culprit) const;  // with the value it choked on
    Value string(std::string_view text) const;
    Value bytes(std::string_view data) const;
    // Counts work that does not follow from the size of the program; false: the limit is passed, return limit().
    bool spend(std::uint64_t steps) const;
    Value limit() const;
};

using Run = Value (*)(const Call&);

struct Function {
    enum Flag : std::uint8_t {
        impure = 1,   // gives another result each time
        checked = 2,  // a call with constant arguments that fails is a mistake in the expression
        pattern = 4,  // the second argument is a regular expression
    };
    const char* signature;
    Run run;
    std::uint8_t flags = 0;
};

// A type in a signature: a kind with its parts, or a variable ('#' is number).
struct Pattern {
    Kind kind = Kind::absent;
    char variable = 0;
    std::vector<Pattern> parts;

    std::uint32_t accepts() const;  // a bit for each Kind that may come when it runs
};

// A signature, read.
struct Overload {
    const Function* function = nullptr;
    bool receiver = false;
    bool variadic = false;
    std::vector<Pattern> parameters;  // the receiver first
    Pattern result;
    std::vector<std::uint32_t> accepts;  // by parameter

    bool takes(std::size_t count) const { return variadic ? count >= parameters.size() : count == parameters.size(); }
    bool takes(const Value* arguments, std::uint32_t count) const {
        if (!takes(count)) return false;
        for (std::uint32_t i = 0; i < count; ++i) {
            const std::uint32_t mask = accepts[i < accepts.size() ? i : accepts.size() - 1];
            if (((mask >> static_cast<unsigned>(arguments[i].kind)) & 1) == 0) return false;
        }
        return true;
    }
    // Whether the types may fit; then `out` is the result's.
    bool match(const std::vector<Type>& arguments, Type& out) const;
};

// All overloads of a name (with its namespace), in order of preference.
std::vector<Overload> overloads_of(std::string_view name, bool receiver);
bool function_exists(std::string_view name, bool receiver);
// Names that functions have, for "did you mean".
std::vector<std::string_view> function_names(bool receiver);

// The families, each in its own file.
std::span<const Function> conversion_functions();
std::span<const Function> string_functions();
std::span<const Function> format_functions();
std::span<const Function> regex_functions();
std::span<const Function> math_functions();
std::span<const Function> list_functions();
std::span<const Function> aggregate_functions();
std::span<const Function> set_functions();
std::span<const Function> encoder_functions();
std::span<const Function> url_functions();
std::span<const Function> hash_functions();
std::span<const Function> optional_functions();
std::span<const Function> time_functions();

}  // namespace flowrun::expr
