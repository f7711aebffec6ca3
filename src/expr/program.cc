#include "expr/program.hh"

#include <algorithm>
#include <cstddef>

#include <fmt/format.h>

#include "expr/checker.hh"
#include "expr/collection.hh"
#include "expr/compiler.hh"
#include "expr/parser.hh"
#include "expr/program_state.hh"
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

Program::Program(std::unique_ptr<State> state) : state_(std::move(state)) {}
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

    auto state = std::make_unique<State>();
    state->text = text;
    state->type = (*expr)->type;
    state->locals = checker.most_locals();
    state->wants_bool = wanted.is(Kind::boolean);
    Compiler compiler(*state, false);
    compiler.compile(**expr);
    auto problems = compiler.take_problems();
    if (checking == Checking::strict && !problems.empty()) return std::unexpected(shortened(std::move(problems)));
    return Program(std::move(state));
}

std::expected<Value, Failure> Program::evaluate(const Frame& frame, Arena& arena) const {
    return state_->evaluate(frame, arena, nullptr);
}

namespace {

// What one evaluation needs.
class Turn {
public:
    Turn(const Program::State& program, const Frame& frame, Arena& arena, Recorder* recorder) : context{frame, arena} {
        context.locals = program.locals <= few ? reinterpret_cast<Value*>(space_) : arena.array<Value>(program.locals);
        context.steps = frame.limits.steps;
        context.memory_end = arena.used() + frame.limits.memory;
        context.recorder = recorder;
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    Context context;

private:
    static constexpr std::size_t few = 8;
    alignas(Value) std::byte space_[few * sizeof(Value)];  // written before it is read: no need to clear it
};

}  // namespace

std::expected<Value, Failure> Program::State::evaluate(const Frame& frame, Arena& arena, Recorder* recorder) const {
    Turn turn(*this, frame, arena, recorder);
    std::expected<Value, Failure> out;
    Value& v = *out = root->run(turn.context);
    if (v.failed()) return std::unexpected(*v.failure);
    if (!wants_bool || v.is(Kind::boolean)) return out;
    return std::unexpected(not_bool(turn.context, v));
}

Failure Program::State::not_bool(Context& context, const Value& v) const {
    const std::string wrong = fmt::format("the expression gives {}, where bool is wanted", name_of(v.kind));
    return *context.fail(*root, wrong, v).failure;
}

Truth Program::truth(const Frame& frame, Arena& arena, std::expected<Value, Failure>& result) const {
    Turn turn(*state_, frame, arena, nullptr);
    const Value v = state_->root->run(turn.context);
    if (v.is(Kind::boolean)) [[likely]]
        return v.b ? Truth::yes : Truth::no;
    if (v.failed()) {
        result = std::unexpected(*v.failure);
    } else if (state_->wants_bool) {
        result = std::unexpected(state_->not_bool(turn.context, v));
    } else {
        result = v;
    }
    return Truth::other;
}

const value::Node* Program::find(const Frame& frame) const {
    // Where a bool is wanted evaluate() sees to it.
    return state_->path_slot == no_slot || state_->wants_bool ? nullptr : state_->find(frame);
}

const value::Node* Program::State::find(const Frame& frame) const {
    const Value& v = frame[path_slot];
    if (!v.lazy()) return nullptr;
    const value::Node* node = v.node;
    for (const std::string& name : path) {
        node = node->is(value::Kind::map) ? find_member(*node, name) : nullptr;
        if (node == nullptr) return nullptr;
    }
    return node;
}

const Type& Program::type() const { return state_->type; }
const std::string& Program::text() const { return state_->text; }
bool Program::uses(Slot slot) const { return std::binary_search(state_->slots.begin(), state_->slots.end(), slot); }
const std::vector<Slot>& Program::slots() const { return state_->slots; }
bool Program::constant() const { return state_->slots.empty() && !state_->impure; }

}  // namespace flowrun::expr
