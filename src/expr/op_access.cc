// Steps that read: constants, variables, members, elements.

#include <fmt/format.h>

#include "expr/collection.hh"
#include "expr/ops.hh"

namespace flowrun::expr {
namespace {

class Constant final : public Op {
public:
    explicit Constant(Value value) : value_(value) {}
    Value run(Context&) const override { return value_; }

private:
    Value value_;
};

class Failing final : public Op {
public:
    explicit Failing(std::string message) : message_(std::move(message)) {}
    Value run(Context& context) const override { return context.fail(*this, message_); }

private:
    std::string message_;
};

class LocalRead final : public Op {
public:
    explicit LocalRead(std::uint32_t place) : place_(place) {}
    Value run(Context& context) const override { return context.locals[place_]; }

private:
    std::uint32_t place_;
};

class SlotRead final : public Op {
public:
    SlotRead(Slot slot, std::string shown) : slot_(slot), shown_(std::move(shown)) {}
    Value run(Context& context) const override {
        const Value& v = context.frame[slot_];
        return v.is(Kind::absent) ? context.fail(*this, fmt::format("{} has no value here", shown_)) : v;
    }

private:
    Slot slot_;
    std::string shown_;
};

class OptionalSlot final : public Op {
public:
    explicit OptionalSlot(Slot slot) : slot_(slot) {}
    Value run(Context& context) const override {
        const Value& v = context.frame[slot_];
        return Value::optional(v.is(Kind::absent) ? nullptr : &v);
    }

private:
    Slot slot_;
};

class SlotPresent final : public Op {
public:
    explicit SlotPresent(Slot slot) : slot_(slot) {}
    Value run(Context& context) const override { return Value::boolean(!context.frame[slot_].is(Kind::absent)); }

private:
    Slot slot_;
};

// A record as a whole: a map of the members that have a value.
class RecordRead final : public Op {
public:
    explicit RecordRead(const Scope::Record& record) {
        for (const auto& member : record.members) members_.push_back({member.name, member.slot});
    }
    Value run(Context& context) const override {
        MapMaker maker(context, members_.size());
        if (!maker) return context.fail_limit(*this);
        for (const Member& member : members_) {
            const Value& v = context.frame[member.slot];
            if (!v.is(Kind::absent)) maker.add(Value::string(member.name), v);
        }
        return maker.finish();
    }

private:
    struct Member {
        std::string name;
        Slot slot;
    };
    std::vector<Member> members_;
};

Value none() { return Value::optional(nullptr); }

Value some(Context& context, const Value& v) { return Value::optional(context.arena.make<Value>(v)); }

Value no_member(Context& context, const Op& op, const Value& of, std::string_view name) {
    if (of.is(Kind::map)) return context.fail(op, fmt::format("no such key: '{}'", name), of);
    if (of.is(Kind::null)) return context.fail(op, fmt::format("null has no member '{}'", name), of);
    return context.fail(op, fmt::format("{} has no members, so no '{}'", name_of(of.kind), name), of);
}

// `of.name`, whatever `of` is.
Value member(Context& context, const Op& op, const Value& of, std::string_view name, bool optional) {
    Value out;
    if (!context.spend_on(of)) return context.fail_limit(op);
    if (of.is(Kind::map)) {
        const bool there = find_text(of, name, out);
        if (optional) return there ? some(context, out) : none();
        return there ? out : no_member(context, op, of, name);
    }
    if (of.failed()) return of;
    if (!of.is(Kind::optional)) return no_member(context, op, of, name);
    if (of.items == nullptr) return of;
    if (of.items->is(Kind::optional)) return member(context, op, *of.items, name, optional);
    if (!of.items->is(Kind::map)) return no_member(context, op, *of.items, name);
    return find_text(*of.items, name, out) ? some(context, out) : none();
}

class Member final : public Op {
public:
    Member(const Op* of, std::string name, bool optional) : of_(of), name_(std::move(name)), optional_(optional) {}
    Value run(Context& context) const override {
        const Value of = of_->run(context);
        // A map from JSON that is so small costs no step: the most frequent.
        if (of.is(Kind::map) && of.lazy() && of.size < 32 && !optional_) [[likely]] {
            if (const value::Node* held = find_member(*of.node, name_)) return Value::from(*held);
        }
        return member(context, *this, of, name_, optional_);
    }

private:
    const Op* of_;
    std::string name_;
    bool optional_;
};

// `msg.a.b.c` in one step.
class SlotPath final : public Op {
public:
    SlotPath(Slot slot, std::string shown, std::vector<PathStep> steps) : slot_(slot), shown_(std::move(shown)) {
        for (PathStep& step : steps) {
            steps_.push_back(std::make_unique<Step>());
            steps_.back()->name = std::move(step.name);
            steps_.back()->mark = step.mark;
            steps_.back()->mark_length = step.mark_length;
            steps_.back()->begin = step.begin;
            steps_.back()->size = step.size;
        }
    }
    Value run(Context& context) const override {
        // As long as it goes through JSON there is no need to make values of what lies between.
        const Value& first = context.frame[slot_];
        if (!first.is(Kind::map) || !first.lazy()) return rest(context, first, 0);
        const value::Node* node = first.node;
        for (std::size_t i = 0; i < steps_.size(); ++i) {
            if (!node->is(value::Kind::map)) return rest(context, Value::from(*node), i);
            const Step& step = *steps_[i];
            if (!context.spend(node->count >> 5)) return context.fail_limit(step);
            const value::Node* held = find_member(*node, step.name);
            if (held == nullptr) return no_member(context, step, Value::from(*node), step.name);
            node = held;
        }
        return Value::from(*node);
    }

private:
    // From the step at `i` on, through values of any kind.
    [[gnu::noinline]] Value rest(Context& context, Value v, std::size_t i) const {
        if (v.is(Kind::absent)) return context.fail(*this, fmt::format("{} has no value here", shown_));
        for (; i < steps_.size(); ++i) {
            v = member(context, *steps_[i], v, steps_[i]->name, false);
            if (v.failed()) return v;
        }
        return v;
    }

    struct Step final : Op {
        Value run(Context&) const override { return {}; }
        std::string name;
    };
    Slot slot_;
    std::string shown_;
    std::vector<std::unique_ptr<Step>> steps_;
};

class Has final : public Op {
public:
    Has(const Op* of, std::string name) : of_(of), name_(std::move(name)) {}
    Value run(Context& context) const override {
        Value of = of_->run(context), out;
        while (of.is(Kind::optional)) {
            if (of.items == nullptr) return Value::boolean(false);
            of = *of.items;
        }
        if (!context.spend_on(of)) return context.fail_limit(*this);
        if (of.is(Kind::map)) return Value::boolean(find_text(of, name_, out));
        return of.failed() ? of : no_member(context, *this, of, name_);
    }

private:
    const Op* of_;
    std::string name_;
};

class Index final : public Op {
public:
    Index(const Op* of, const Op* at, bool optional) : of_(of), at_(at), optional_(optional) {}
    Value run(Context& context) const override {
        const Value of = of_->run(context);
        if (of.failed()) return of;
        const Value at = at_->run(context);
        if (at.failed()) return at;
        return read(context, of, at, optional_);
    }

private:
    Value read(Context& context, const Value& of, const Value& at, bool optional) const {
        if (of.is(Kind::optional)) return of.items == nullptr ? none() : read(context, *of.items, at, true);
        Value out;
        bool there = false;
        if (of.is(Kind::map)) {
            if (!context.spend_on(of) || !context.spend_on(at)) return context.fail_limit(*this);
            there = find_key(of, at, out);
        } else if (of.is(Kind::list)) {
            std::uint64_t index = 0;
            const Fit fit = index_of(at, of.size, index);
            if (fit == Fit::no_index) return context.fail(*this, "the index of a list is a whole number", at);
            there = fit == Fit::inside;
            if (there && of.lazy() && !context.spend(index / 8)) return context.fail_limit(*this);
            if (there) out = element(of, index);
        } else {
            return context.fail(*this, fmt::format("{} has no elements", name_of(of.kind)), of);
        }
        if (optional) return there ? some(context, out) : none();
        if (there) return out;
        if (of.is(Kind::map)) {
            if (at.is(Kind::string)) return context.fail(*this, fmt::format("no such key: '{}'", at.view()), of);
            return context.fail(*this, "no such key", at);
        }
        return context.fail(*this, fmt::format("the index is beyond the list's {} elements", of.size), at);
    }

    enum class Fit : std::uint8_t { inside, outside, no_index };
    static Fit index_of(const Value& at, std::uint64_t size, std::uint64_t& index) {
        if (at.is(Kind::real)) {
            const bool whole =
                at.d >= 0 && at.d < 0x1p63 && static_cast<double>(static_cast<std::int64_t>(at.d)) == at.d;
            if (!whole) return Fit::no_index;
            index = static_cast<std::uint64_t>(at.d);
        } else if (at.is(Kind::integer) || at.is(Kind::unsigned_)) {
            if (at.is(Kind::integer) && at.i < 0) return Fit::outside;
            index = at.u;
        } else {
            return Fit::no_index;
        }
        return index < size ? Fit::inside : Fit::outside;
    }

    const Op* of_;
    const Op* at_;
    bool optional_;
};

}  // namespace

OpPtr make_constant(Value value) { return std::make_unique<Constant>(value); }
OpPtr make_failing(std::string message) { return std::make_unique<Failing>(std::move(message)); }
OpPtr make_local(std::uint32_t place) { return std::make_unique<LocalRead>(place); }
OpPtr make_slot(Slot slot, std::string shown) { return std::make_unique<SlotRead>(slot, std::move(shown)); }
OpPtr make_optional_slot(Slot slot) { return std::make_unique<OptionalSlot>(slot); }
OpPtr make_slot_present(Slot slot) { return std::make_unique<SlotPresent>(slot); }
OpPtr make_record(const Scope::Record& record) { return std::make_unique<RecordRead>(record); }
OpPtr make_slot_path(Slot slot, std::string shown, std::vector<PathStep> steps) {
    return std::make_unique<SlotPath>(slot, std::move(shown), std::move(steps));
}
OpPtr make_member(const Op* of, std::string name, bool optional) {
    return std::make_unique<Member>(of, std::move(name), optional);
}
OpPtr make_has(const Op* of, std::string name) { return std::make_unique<Has>(of, std::move(name)); }
OpPtr make_index(const Op* of, const Op* at, bool optional) { return std::make_unique<Index>(of, at, optional); }

}  // namespace flowrun::expr
