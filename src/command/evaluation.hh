#pragma once
// What `eval` does: one expression over many messages.

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/arena.hh"
#include "expr/frame.hh"
#include "expr/program.hh"
#include "expr/scope.hh"
#include "flow/arguments.hh"
#include "value/builder.hh"
#include "value/json.hh"

namespace flowrun::command {

// How a result is printed.
enum class Print : std::uint8_t {
    json,
    raw,      // strings as they are, all else as JSON
    typed,    // JSON that says the type: {"int":"1"}
    filter,   // the message, where the result is true
    explain,  // the tree of sub-expressions, each with its result
};

class Evaluation {
public:
    // `arguments` are variables that hold strings; `with_message`: there is `msg`. The error is whole lines for people.
    static std::expected<Evaluation, std::string> make(std::string text, const flow::Arguments& arguments,
                                                       bool with_message, Print print,
                                                       expr::Surroundings& surroundings);

    // Appends what is to be printed of one message, a line of JSON, with its line feed: nothing for an empty optional or
    // one that is filtered out. The error is a message, and then `out` is as it was.
    std::expected<void, std::string> message(std::string_view line, std::string& out);
    // The same without a message.
    std::expected<void, std::string> alone(std::string& out) { return evaluate({}, out); }

private:
    Evaluation() = default;
    std::expected<void, std::string> evaluate(std::string_view line, std::string& out);
    std::expected<void, std::string> write(const expr::Value& value, std::string_view line, std::string& out);
    std::expected<void, std::string> write_json(const expr::Value& value, std::string& out);

    std::unique_ptr<std::string> text_;           // stays where it is: problems and failures point into it
    std::unique_ptr<flow::Arguments> arguments_;  // likewise, for the frame
    Print print_ = Print::json;
    expr::Scope scope_;
    expr::Slot msg_ = expr::no_slot;
    std::optional<expr::Program> program_;
    expr::Frame frame_;
    Arena arena_;
    value::Reader reader_;
    value::Builder builder_;
};

}  // namespace flowrun::command
