#include "command/evaluation.hh"

#include <fmt/core.h>

#include <utility>

#include "expr/convert.hh"
#include "expr/describe.hh"
#include "expr/explain.hh"
#include "expr/typed.hh"
#include "flow/issue.hh"
#include "flow/report.hh"
#include "flow/source.hh"
#include "value/json.hh"

namespace flowrun::command {

namespace {

std::string told(const std::vector<expr::Problem>& problems, const std::string& text) {
    const flow::Source source("expression", text);
    flow::Issues issues;
    for (const expr::Problem& problem : problems) {
        issues.error(source.place(problem.offset, std::max(problem.length, 1u)), problem.message, problem.remedy);
    }
    return flow::to_text(issues, source);
}

// What an argument's name must be, empty when it is.
std::string misnamed(const std::string& name, const expr::Scope& scope) {
    if (name.find('-') != std::string::npos) return fmt::format("--arg {}: a name in an expression has no '-'", name);
    if (scope.variable(name) != nullptr) return fmt::format("--arg {}: there is such a name already", name);
    return {};
}

}  // namespace

std::expected<Evaluation, std::string> Evaluation::make(std::string text, const flow::Arguments& arguments,
                                                        bool with_message, Print print,
                                                        expr::Surroundings& surroundings) {
    Evaluation made;
    made.text_ = std::make_unique<std::string>(std::move(text));
    made.arguments_ = std::make_unique<flow::Arguments>(arguments);
    made.print_ = print;
    if (with_message) made.msg_ = made.scope_.add("msg", expr::Type::dyn());
    for (const flow::Argument& argument : *made.arguments_) {
        if (std::string wrong = misnamed(argument.name, made.scope_); !wrong.empty()) {
            return std::unexpected("flowrun: eval: " + wrong + "\n");
        }
        made.scope_.add(argument.name, expr::Type::string());
    }
    const expr::Type wanted = print == Print::filter ? expr::Type::boolean() : expr::Type::dyn();
    auto program = expr::Program::compile(*made.text_, made.scope_, wanted);
    if (!program) return std::unexpected(told(program.error(), *made.text_));
    made.program_.emplace(std::move(*program));
    made.frame_ = expr::Frame(made.scope_);
    made.frame_.surroundings = &surroundings;
    for (const flow::Argument& argument : *made.arguments_) {
        made.frame_.set(made.scope_.variable(argument.name)->slot, expr::Value::string(argument.value));
    }
    return made;
}

std::expected<void, std::string> Evaluation::message(std::string_view line, std::string& out) {
    const auto read = reader_.read(line);
    if (!read) {
        return std::unexpected(fmt::format("not JSON: {} at byte {}", read.error().message, read.error().offset + 1));
    }
    frame_.set(msg_, expr::Value::from(**read));
    return evaluate(line, out);
}

std::expected<void, std::string> Evaluation::evaluate(std::string_view line, std::string& out) {
    if (print_ == Print::explain) {
        const auto steps = expr::explain(*text_, scope_, frame_);
        if (!steps) return std::unexpected(told(steps.error(), *text_));
        out += expr::to_text(*steps, *text_);
        constexpr std::string_view failed = "error: ";
        if (steps->results.empty() || !steps->results.back().starts_with(failed)) return {};
        return std::unexpected(steps->results.back().substr(failed.size()));
    }
    if (print_ == Print::json) {
        if (const value::Node* node = program_->find(frame_)) {
            value::write(*node, out);
            out += '\n';
            return {};
        }
    }
    arena_.reset();
    const auto result = program_->evaluate(frame_, arena_);
    if (!result) return std::unexpected(expr::describe(result.error(), *text_));
    const std::size_t before = out.size();
    const auto written = write(*result, line, out);
    if (written) return written;
    out.resize(before);
    expr::Failure failure;
    failure.message = written.error();
    failure.culprits = &*result;
    failure.culprit_count = 1;
    return std::unexpected(expr::describe(failure, *text_));
}

std::expected<void, std::string> Evaluation::write(const expr::Value& value, std::string_view line, std::string& out) {
    if (print_ == Print::filter) {
        if (value.b) out.append(line).append("\n");
        return {};
    }
    if (print_ == Print::typed) {
        if (!expr::writable(value)) return std::unexpected("the value is too large to be written");
        expr::write_typed(value, out);
    } else if (value.is(expr::Kind::optional) && value.items == nullptr) {
        return {};
    } else if (print_ == Print::raw && value.is(expr::Kind::string)) {
        out += value.view();
    } else if (auto written = write_json(value, out); !written) {
        return written;
    }
    out += '\n';
    return {};
}

std::expected<void, std::string> Evaluation::write_json(const expr::Value& value, std::string& out) {
    if (value.lazy()) {  // a piece of the message, as it was read
        value::write(*value.node, out);
        return {};
    }
    if (!expr::writable(value)) return std::unexpected("the value is too large to be written");
    builder_.clear();
    if (auto built = expr::build(value, builder_); !built) return built;
    const value::Node* whole = builder_.finish();
    if (whole == nullptr) return std::unexpected(value::too_deep);
    value::write(*whole, out);
    return {};
}

}  // namespace flowrun::command
