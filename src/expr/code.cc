#include "expr/code.hh"

#include <cstddef>

#include <fmt/format.h>

#include "expr/collection.hh"
#include "expr/context.hh"

namespace flowrun::expr {

namespace {

// What one evaluation needs.
class Turn {
public:
    Turn(const Code& code, const Frame& frame, Arena& arena, Recorder* recorder) : context{frame, arena} {
        context.locals = code.locals <= few ? reinterpret_cast<Value*>(space_) : arena.array<Value>(code.locals);
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

std::expected<Value, Failure> Code::evaluate(const Frame& frame, Arena& arena, Recorder* recorder) const {
    Turn turn(*this, frame, arena, recorder);
    std::expected<Value, Failure> out;
    Value& v = *out = root->run(turn.context);
    if (v.failed()) return std::unexpected(*v.failure);
    if (!wants_bool || v.is(Kind::boolean)) return out;
    return std::unexpected(not_bool(turn.context, v));
}

Failure Code::not_bool(Context& context, const Value& v) const {
    const std::string wrong = fmt::format("the expression gives {}, where bool is wanted", name_of(v.kind));
    return *context.fail(*root, wrong, v).failure;
}

Truth Code::truth(const Frame& frame, Arena& arena, std::expected<Value, Failure>& result) const {
    Turn turn(*this, frame, arena, nullptr);
    const Value v = root->run(turn.context);
    if (v.is(Kind::boolean)) [[likely]]
        return v.b ? Truth::yes : Truth::no;
    if (v.failed()) {
        result = std::unexpected(*v.failure);
    } else if (wants_bool) {
        result = std::unexpected(not_bool(turn.context, v));
    } else {
        result = v;
    }
    return Truth::other;
}

const value::Node* Code::find(const Frame& frame) const {
    // Where a bool is wanted evaluate() sees to it.
    if (path_slot == no_slot || wants_bool) return nullptr;
    const Value& v = frame[path_slot];
    if (!v.lazy()) return nullptr;
    const value::Node* node = v.node;
    for (const std::string& name : path) {
        node = node->is(value::Kind::map) ? find_member(*node, name) : nullptr;
        if (node == nullptr) return nullptr;
    }
    return node;
}

}  // namespace flowrun::expr
