#include "expr/value_template.hh"

#include <algorithm>
#include <cassert>

namespace flowrun::expr {

ValueTemplate ValueTemplate::constant(value::Value value) {
    ValueTemplate out;
    out.leaf_.fixed = std::move(value);
    return out;
}

ValueTemplate ValueTemplate::text(Text text, std::uint32_t mark) {
    ValueTemplate out;
    out.mark_ = mark;
    out.leaf_.text = std::make_unique<Text>(std::move(text));
    out.note_slots();
    return out;
}

ValueTemplate ValueTemplate::program(Program program, std::uint32_t mark) {
    ValueTemplate out;
    out.mark_ = mark;
    out.leaf_.program = std::make_unique<Program>(std::move(program));
    out.note_slots();
    return out;
}

ValueTemplate ValueTemplate::list() {
    ValueTemplate out;
    out.form_ = Form::list;
    return out;
}

ValueTemplate ValueTemplate::map() {
    ValueTemplate out;
    out.form_ = Form::map;
    return out;
}

void ValueTemplate::add(ValueTemplate element) {
    assert(form_ == Form::list);
    few_slots_ |= element.few_slots_;
    parts_.push_back(std::move(element));
}

void ValueTemplate::add(std::string key, ValueTemplate element) {
    assert(form_ == Form::map);
    few_slots_ |= element.few_slots_;
    const bool plain = value::is_plain(key);
    keys_.push_back({std::move(key), plain});
    parts_.push_back(std::move(element));
}

bool ValueTemplate::is_leaf() const { return form_ == Form::leaf; }

std::expected<Value, Failure> ValueTemplate::value(const Frame& frame, Arena& arena) const {
    assert(is_leaf());
    if (leaf_.fixed) return Value::from(*leaf_.fixed);
    auto v = leaf_.text != nullptr ? leaf_.text->evaluate(frame, arena) : leaf_.program->evaluate(frame, arena);
    if (!v) v.error().leaf = mark_;
    return v;
}

Truth ValueTemplate::truth(const Frame& frame, Arena& arena, std::expected<Value, Failure>& result) const {
    if (leaf_.program == nullptr) return Truth::other;
    const Truth truth = leaf_.program->truth(frame, arena, result);
    if (!result) result.error().leaf = mark_;
    return truth;
}

std::expected<void, Failure> ValueTemplate::build_parts(const Frame& frame, Arena& arena, value::Builder& out,
                                                        Secrets secrets) const {
    for (std::size_t i = 0; i < parts_.size(); ++i) {
        const ValueTemplate& part = parts_[i];
        if (const value::Node* node = part.is_leaf() ? part.found(frame) : nullptr) {
            if (form_ == Form::map) out.standing_key(keys_[i].text, keys_[i].plain);
            out.value(*node);
            continue;
        }
        std::expected<Value, Failure> v = Value::absent();
        if (part.is_leaf()) {
            v = part.value(frame, arena);
            if (!v) return std::unexpected(v.error());
            if (v->is(Kind::optional) && v->items == nullptr) continue;
        }
        if (form_ == Form::map) out.standing_key(keys_[i].text, keys_[i].plain);
        auto done = part.is_leaf() ? part.put(*v, arena, out, secrets) : part.build(frame, arena, out, secrets);
        if (!done) return done;
    }
    return {};
}

std::expected<void, Failure> ValueTemplate::build(const Frame& frame, Arena& arena, value::Builder& out,
                                                  Secrets secrets) const {
    if (is_leaf()) {
        if (const value::Node* node = found(frame)) return out.value(*node), std::expected<void, Failure>();
        const auto v = value(frame, arena);
        return v ? put(*v, arena, out, secrets) : std::unexpected(v.error());
    }
    form_ == Form::list ? out.list() : out.map();
    if (auto done = build_parts(frame, arena, out, secrets); !done) return done;
    out.end();
    return {};
}

std::expected<void, Failure> ValueTemplate::put(const Value& v, Arena& arena, value::Builder& out,
                                                Secrets secrets) const {
    const auto done = expr::build(v, out, takes_secrets_ ? Secrets::plain : secrets);
    if (done) return {};
    Failure failure;
    failure.message = arena.copy(done.error());
    failure.leaf = mark_;
    failure.culprits = arena.make<Value>(v);
    failure.culprit_count = 1;
    return std::unexpected(failure);
}

const value::Node* ValueTemplate::found(const Frame& frame) const {
    if (leaf_.text != nullptr) return leaf_.text->find(frame);
    return leaf_.program != nullptr ? leaf_.program->find(frame) : nullptr;
}

void ValueTemplate::note_slots() {
    for (Slot slot = 0; slot < few; ++slot) {
        if (uses_rare(slot)) few_slots_ |= 1u << slot;
    }
}

bool ValueTemplate::uses_rare(Slot slot) const {
    if (leaf_.text != nullptr && leaf_.text->uses(slot)) return true;
    if (leaf_.program != nullptr && leaf_.program->uses(slot)) return true;
    return std::any_of(parts_.begin(), parts_.end(), [&](const ValueTemplate& part) { return part.uses(slot); });
}

bool ValueTemplate::constant() const {
    if (leaf_.text != nullptr && !leaf_.text->constant()) return false;
    if (leaf_.program != nullptr && !leaf_.program->constant()) return false;
    return std::all_of(parts_.begin(), parts_.end(), [](const ValueTemplate& part) { return part.constant(); });
}

}  // namespace flowrun::expr
