#pragma once
// A scalar that may hold `${expression}`. One that is exactly one `${…}` gives the expression's value with its type;
// mixed text gives a string, `$${` is a literal `${`. The `}` that ends an expression is where CEL's own lexer finds
// it, so braces in strings and maps do no harm. Offsets of problems and failures are bytes in the whole scalar.
//
// Inside mixed text: strings as they are, numbers and booleans in their short form, timestamps and durations as
// string() gives them, lists and maps as JSON; null, bytes and an empty optional are failures. A secret makes the
// whole a secret.

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "expr/program.hh"

namespace flowrun::expr {

class Text {
public:
    static std::expected<Text, std::vector<Problem>> parse(std::string_view text, const Scope& scope,
                                                           const Type& wanted = {},
                                                           Checking checking = Checking::strict);
    // Whether a scalar holds any `${`, escaped or not: without, parse() need not be called.
    static bool wanted_in(std::string_view text) { return text.find("${") != std::string_view::npos; }

    std::expected<Value, Failure> evaluate(const Frame& frame, Arena& arena) const;
    // As Program::find, when the text is one program.
    const value::Node* find(const Frame& frame) const { return whole_ ? parts_[0].program->find(frame) : nullptr; }

    Type type() const;
    bool uses(Slot slot) const;
    bool constant() const;

private:
    struct Part {
        std::string literal;  // when there is no program
        std::unique_ptr<Program> program;
        std::uint32_t offset = 0;  // of the program's text in the scalar
    };
    static std::expected<Value, Failure> evaluate(const Part& part, const Frame& frame, Arena& arena);
    static Problem unclosed(std::string_view text, std::size_t open);
    static void add_literal(std::vector<Part>& parts, std::string_view text);

    std::vector<Part> parts_;
    bool whole_ = false;  // exactly one `${…}`
};

}  // namespace flowrun::expr
