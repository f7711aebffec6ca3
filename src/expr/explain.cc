#include "expr/explain.hh"

#include <algorithm>

#include <fmt/format.h>

#include "expr/checker.hh"
#include "expr/compiler.hh"
#include "expr/convert.hh"
#include "expr/explainer.hh"
#include "expr/parser.hh"
#include "value/json.hh"

namespace flowrun::expr {
namespace {

constexpr std::size_t kept_results = 4;  // of a step that runs many times

class Recording final : public Op {
public:
    Recording(const Op* of, const Expr* expr) : of_(of), expr_(expr) {}
    Value run(Context& context) const override {
        const Value v = of_->run(context);
        if (context.recorder != nullptr) context.recorder->saw(*expr_, v);
        return v;
    }

private:
    const Op* of_;
    const Expr* expr_;
};

void plant(const Expr& expr, Step& step, Recorder& recorder) {
    step.offset = expr.offset;
    step.length = expr.length;
    step.parts.resize(expr.parts.size());  // before any is listened to: they must not move
    for (std::size_t i = 0; i < expr.parts.size(); ++i) plant(*expr.parts[i], step.parts[i], recorder);
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

void Recorder::saw(const Expr& expr, const Value& v) {
    const auto found = steps_.find(&expr);
    if (found == steps_.end()) return;
    Step& step = *found->second;
    ++step.times;
    if (step.results.size() >= kept_results) return;
    step.results.push_back(v.failed() ? fmt::format("error: {}", v.failure->message) : to_display(v));
}

OpPtr make_recording(const Op* of, const Expr* expr) { return std::make_unique<Recording>(of, expr); }

std::expected<Step, std::vector<Problem>> explain(std::string_view text, const Scope& scope, const Frame& frame) {
    if (auto program = Program::compile(text, scope, {}, Checking::lenient); !program) {
        return std::unexpected(std::move(program.error()));
    }
    const ExprPtr expr = std::move(*Parser::parse(text));
    Checker checker(scope, Checking::lenient);
    checker.check(*expr);
    Program::State state;
    state.text = text;
    state.locals = checker.most_locals();
    Compiler(state, true).compile(*expr);
    Step root;
    Recorder recorder;
    plant(*expr, root, recorder);
    Arena arena;
    (void)state.evaluate(frame, arena, &recorder);
    return root;
}

std::string to_text(const Step& step, std::string_view text) {
    std::string out;
    write(step, text, 0, out);
    return out;
}

}  // namespace flowrun::expr
