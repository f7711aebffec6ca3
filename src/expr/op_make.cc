// Steps that make lists and maps.

#include <fmt/format.h>

#include "expr/collection.hh"
#include "expr/ops.hh"

namespace flowrun::expr {
namespace {

Value not_optional(Context& context, const Op& op, const Value& v) {
    return context.fail(op, fmt::format("after '?' an optional is wanted, not {}", name_of(v.kind)), v);
}

class MakeList final : public Op {
public:
    explicit MakeList(std::vector<Part> parts) : parts_(std::move(parts)) {}
    Value run(Context& context) const override {
        ListMaker maker(context, parts_.size());
        if (!maker) return context.fail_limit(*this);
        for (const Part& part : parts_) {
            const Value v = part.value->run(context);
            if (v.failed()) return v;
            if (!part.optional) {
                maker.add(v);
            } else if (!v.is(Kind::optional)) {
                return not_optional(context, *this, v);
            } else if (v.items != nullptr) {
                maker.add(*v.items);
            }
        }
        return maker.finish();
    }

private:
    std::vector<Part> parts_;
};

class MakeMap final : public Op {
public:
    explicit MakeMap(std::vector<Part> parts) : parts_(std::move(parts)) {}
    Value run(Context& context) const override {
        MapMaker maker(context, parts_.size());
        if (!maker) return context.fail_limit(*this);
        for (const Part& part : parts_) {
            const Value failure = add(context, maker, part);
            if (failure.failed()) return failure;
        }
        return maker.finish();
    }

private:
    Value add(Context& context, MapMaker& maker, const Part& part) const {
        const Value key = part.key->run(context);
        if (key.failed()) return key;
        if (!is_key(key)) return context.fail(*this, fmt::format("{} cannot be a key", name_of(key.kind)), key);
        Value v = part.value->run(context);
        if (v.failed()) return v;
        if (part.optional) {
            if (!v.is(Kind::optional)) return not_optional(context, *this, v);
            if (v.items == nullptr) return {};
            v = *v.items;
        }
        return maker.add(key, v) ? Value{} : context.fail(*this, "a key stands twice in a map", key);
    }

    std::vector<Part> parts_;
};

}  // namespace

OpPtr make_list(std::vector<Part> parts) { return std::make_unique<MakeList>(std::move(parts)); }
OpPtr make_map(std::vector<Part> parts) { return std::make_unique<MakeMap>(std::move(parts)); }

}  // namespace flowrun::expr
