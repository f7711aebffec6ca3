#include "expr/program.hh"

#include <algorithm>

#include <fmt/format.h>

#include "expr/checker.hh"
#include "expr/code.hh"
#include "expr/compiler.hh"
#include "expr/parser.hh"
#include "value/json.hh"

namespace flowrun::expr {
namespace {

// A message may quote a name of any length.
std::vector<Problem> shortened(std::vector<Problem> problems) {
    constexpr std::size_t longest = 200;
    for (Problem& problem : problems) {
        for (std::string* text : {&problem.message, &problem.remedy}) {
            if (text->size() <= longest) continue;
            std::size_t size = longest;
            while ((static_cast<unsigned char>((*text)[size]) & 0xC0) == 0x80) --size;
            text->resize(size);
            *text += "…";
        }
    }
    return problems;
}

std::vector<Problem> one(Problem problem) {
    std::vector<Problem> all;
    all.push_back(std::move(problem));
    return shortened(std::move(all));
}

// Mistakes that make parsing pointless.
std::vector<Problem> unreadable(std::string_view text) {
    if (text.size() > max_text) {
        return one({0, 0, fmt::format("the expression is longer than {} bytes", max_text), "split it"});
    }
    std::size_t bad = 0;
    if (value::valid_utf8(text, &bad)) return {};
    return one({static_cast<std::uint32_t>(bad), 1, "the expression is not valid UTF-8", "write bytes as b'\\xff'"});
}

}  // namespace

Program::Program(std::unique_ptr<Code> code) : code_(std::move(code)) {}
Program::Program(Program&&) noexcept = default;
Program& Program::operator=(Program&&) noexcept = default;
Program::~Program() = default;

std::expected<Program, std::vector<Problem>> Program::compile(std::string_view text, const Scope& scope,
                                                              const Type& wanted, Checking checking) {
    if (auto problems = unreadable(text); !problems.empty()) return std::unexpected(std::move(problems));
    auto expr = Parser::parse(text);
    if (!expr) return std::unexpected(one(std::move(expr.error())));
    Checker checker(scope, checking);
    checker.check(**expr);
    checker.want(**expr, wanted);
    if (auto problems = checker.take_problems(); !problems.empty()) {
        return std::unexpected(shortened(std::move(problems)));
    }

    auto code = std::make_unique<Code>();
    code->text = text;
    code->type = (*expr)->type;
    code->locals = checker.most_locals();
    code->wants_bool = wanted.is(Kind::boolean);
    Compiler compiler(*code, false);
    compiler.compile(**expr);
    auto problems = compiler.take_problems();
    if (checking == Checking::strict && !problems.empty()) return std::unexpected(shortened(std::move(problems)));
    return Program(std::move(code));
}

std::expected<Value, Failure> Program::evaluate(const Frame& frame, Arena& arena) const {
    return code_->evaluate(frame, arena, nullptr);
}

Truth Program::truth(const Frame& frame, Arena& arena, std::expected<Value, Failure>& result) const {
    return code_->truth(frame, arena, result);
}

const value::Node* Program::find(const Frame& frame) const { return code_->find(frame); }

const Type& Program::type() const { return code_->type; }
const std::string& Program::text() const { return code_->text; }
bool Program::uses(Slot slot) const { return std::binary_search(code_->slots.begin(), code_->slots.end(), slot); }
const std::vector<Slot>& Program::slots() const { return code_->slots; }
bool Program::constant() const { return code_->slots.empty() && !code_->impure; }

}  // namespace flowrun::expr
