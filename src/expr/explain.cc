#include "expr/explain.hh"

#include <algorithm>

#include <fmt/format.h>

#include "expr/checker.hh"
#include "expr/code.hh"
#include "expr/compiler.hh"
#include "expr/parser.hh"
#include "expr/program.hh"
#include "expr/recorder.hh"

namespace flowrun::expr {
namespace {

void listen_to(const Expr& expr, Step& step, Recorder& recorder) {
    step.offset = expr.offset;
    step.length = expr.length;
    step.parts.resize(expr.parts.size());  // before any is listened to: they must not move
    for (std::size_t i = 0; i < expr.parts.size(); ++i) listen_to(*expr.parts[i], step.parts[i], recorder);
    recorder.listen(expr, step);
}

// A literal shows itself.
bool plain(const Step& step, std::string_view text) {
    return step.parts.empty() && step.results.size() == 1 && text.substr(step.offset, step.length) == step.results[0];
}

std::string one_line(std::string_view text) {
    std::string out(text.substr(0, 60));
    while (out.size() < text.size() && (static_cast<unsigned char>(text[out.size()]) & 0xC0) == 0x80)
        out += text[out.size()];
    if (out.size() < text.size()) out += "…";
    std::replace_if(out.begin(), out.end(), [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
    return out;
}

void write(const Step& step, std::string_view text, std::size_t depth, std::string& out) {
    std::string results;
    for (const std::string& result : step.results) results += (results.empty() ? "" : " | ") + result;
    if (step.times > step.results.size()) results += fmt::format(" | … ({} times)", step.times);
    if (results.empty()) results = "(not evaluated)";
    out += fmt::format("{:{}}{} -> {}\n", "", depth * 2, one_line(text.substr(step.offset, step.length)), results);
    for (const Step& part : step.parts) {
        if (!plain(part, text)) write(part, text, depth + 1, out);
    }
}

}  // namespace

std::expected<Step, std::vector<Problem>> explain(std::string_view text, const Scope& scope, const Frame& frame) {
    if (auto program = Program::compile(text, scope, {}, Checking::lenient); !program) {
        return std::unexpected(std::move(program.error()));
    }
    const ExprPtr expr = std::move(*Parser::parse(text));
    Checker checker(scope, Checking::lenient);
    checker.check(*expr);
    Code code;
    code.text = text;
    code.locals = checker.most_locals();
    Compiler(code, true).compile(*expr);
    Step root;
    Recorder recorder;
    listen_to(*expr, root, recorder);
    Arena arena;
    (void)code.evaluate(frame, arena, &recorder);
    return root;
}

std::string to_text(const Step& step, std::string_view text) {
    std::string out;
    write(step, text, 0, out);
    return out;
}

}  // namespace flowrun::expr
