// The macros that go through lists and maps.

#include <fmt/format.h>

#include "expr/collection.hh"
#include "expr/ops.hh"
#include "expr/sorting.hh"

namespace flowrun::expr {
namespace {

// What all loops share: the walk. `turn(context, first, second)` gives false to end it.
class Walk : public Op {
public:
    explicit Walk(const LoopParts& parts) : parts_(parts) {}

protected:
    // The range, or a failure.
    Value range(Context& context) const {
        const Value v = parts_.range->run(context);
        if (v.failed() || v.is(Kind::list) || v.is(Kind::map)) return v;
        return context.fail(*this, fmt::format("this goes through a list or a map, not {}", name_of(v.kind)), v);
    }

    // Binds the variables for each turn. Gives a failure when a limit is passed, else null.
    template <class Turn>
    Value walk(Context& context, const Value& range, Turn turn) const {
        Value* local = context.locals + parts_.place;
        if (range.is(Kind::list)) {
            Elements elements(range);
            std::int64_t i = 0;
            for (Value v; elements.next(v); ++i) {
                if (!context.spend(parts_.weight)) return context.fail_limit(*this);
                local[0] = parts_.pairs ? Value::integer(i) : v;
                if (parts_.pairs) local[1] = v;
                if (!turn(v)) break;
            }
            return {};
        }
        const Map* map = entries_of(context, range);
        if (map == nullptr) return context.fail_limit(*this);
        for (std::uint32_t i = 0; i < map->count; ++i) {
            if (!context.spend(parts_.weight)) return context.fail_limit(*this);
            local[0] = map->entries[2 * i];
            if (parts_.pairs) local[1] = map->entries[2 * i + 1];
            if (!turn(map->entries[2 * i])) break;
        }
        return {};
    }

    Value predicate(Context& context, const Op& op) const {
        const Value v = op.run(context);
        if (v.is(Kind::boolean) || v.failed()) return v;
        return context.fail(*this, fmt::format("the predicate gives {}, not a bool", name_of(v.kind)), v);
    }

    LoopParts parts_;
};

// all (false decides) and exists (true decides), which swallow errors as && and || do.
template <bool Decides>
class Quantifier final : public Walk {
public:
    using Walk::Walk;
    Value run(Context& context) const override {
        const Value over = range(context);
        if (over.failed()) return over;
        Value failure;
        bool decided = false;
        const Value limit = walk(context, over, [&](const Value&) {
            const Value v = predicate(context, *parts_.body);
            if (v.failed()) {
                if (!failure.failed()) failure = v;
            } else {
                decided = v.b == Decides;
            }
            return !decided;
        });
        if (decided) return Value::boolean(Decides);
        if (limit.failed()) return limit;
        return failure.failed() ? failure : Value::boolean(!Decides);
    }
};

class ExistsOne final : public Walk {
public:
    using Walk::Walk;
    Value run(Context& context) const override {
        const Value over = range(context);
        if (over.failed()) return over;
        Value failure;
        std::uint64_t count = 0;
        const Value limit = walk(context, over, [&](const Value&) {
            const Value v = predicate(context, *parts_.body);
            if (v.failed()) failure = v;
            if (v.true_()) ++count;
            return !v.failed();
        });
        if (failure.failed()) return failure;
        return limit.failed() ? limit : Value::boolean(count == 1);
    }
};

// filter, map, transformList: the result of each turn that passes the filter.
class Collect final : public Walk {
public:
    using Walk::Walk;
    Value run(Context& context) const override {
        const Value over = range(context);
        if (over.failed()) return over;
        ListMaker maker(context, over.size);
        if (!maker) return context.fail_limit(*this);
        Value failure;
        const Value limit = walk(context, over, [&](const Value& element) {
            if (parts_.filter != nullptr) {
                const Value pass = predicate(context, *parts_.filter);
                failure = pass;
                if (!pass.true_()) return !pass.failed();
            }
            const Value v = parts_.body == nullptr ? element : parts_.body->run(context);
            failure = v;
            if (v.failed()) return false;
            maker.add(v);
            return true;
        });
        if (failure.failed()) return failure;
        return limit.failed() ? limit : maker.finish();
    }
};

// transformMap and transformMapEntry.
class CollectMap final : public Walk {
public:
    using Walk::Walk;
    Value run(Context& context) const override {
        const Value over = range(context);
        if (over.failed()) return over;
        return parts_.loop == Loop::transform_map ? same_keys(context, over) : new_keys(context, over);
    }

private:
    // false: this turn is filtered out, or `failure` holds why not.
    bool pass(Context& context, Value& failure) const {
        if (parts_.filter == nullptr) return true;
        failure = predicate(context, *parts_.filter);
        return failure.true_();
    }

    Value same_keys(Context& context, const Value& over) const {
        MapMaker maker(context, over.size);
        if (!maker) return context.fail_limit(*this);
        Value failure;
        const Value limit = walk(context, over, [&](const Value&) {
            if (!pass(context, failure)) return !failure.failed();
            const Value v = parts_.body->run(context);
            failure = v;
            if (v.failed()) return false;
            maker.add(context.locals[parts_.place], v);
            return true;
        });
        if (failure.failed()) return failure;
        return limit.failed() ? limit : maker.finish();
    }

    // The entries of all maps that the turns give; how many is known only afterwards.
    Value new_keys(Context& context, const Value& over) const {
        ListMaker maps(context, over.size);
        if (!maps) return context.fail_limit(*this);
        Value failure;
        std::size_t count = 0;
        const Value limit = walk(context, over, [&](const Value&) {
            if (!pass(context, failure)) return !failure.failed();
            Value v = parts_.body->run(context);
            if (!v.failed() && !v.is(Kind::map))
                v = context.fail(*this, fmt::format("each turn gives a map, not {}", name_of(v.kind)), v);
            failure = v;
            if (v.failed()) return false;
            maps.add(v);
            count += v.size;
            return true;
        });
        if (failure.failed()) return failure;
        return limit.failed() ? limit : merge(context, maps, count);
    }

    Value merge(Context& context, ListMaker& maps, std::size_t count) const {
        MapMaker maker(context, count);
        if (!maker || !context.spend(count)) return context.fail_limit(*this);
        for (const Value& v : maps) {
            const Map* map = entries_of(context, v);
            if (map == nullptr) return context.fail_limit(*this);
            for (std::uint32_t i = 0; i < map->count; ++i) {
                const Value& key = map->entries[2 * i];
                if (!maker.add(key, map->entries[2 * i + 1])) return context.fail(*this, "a key comes twice", key);
            }
        }
        return maker.finish();
    }
};

class SortBy final : public Walk {
public:
    using Walk::Walk;
    Value run(Context& context) const override {
        const Value over = range(context);
        if (over.failed()) return over;
        ListMaker items(context, over.size), keys(context, over.size);
        if (!items || !keys) return context.fail_limit(*this);
        Value failure;
        const Value limit = walk(context, over, [&](const Value& element) {
            const Value key = parts_.body->run(context);
            if (key.failed()) failure = key;
            items.add(element);
            keys.add(key);
            return !key.failed();
        });
        if (failure.failed()) return failure;
        if (limit.failed()) return limit;
        return sorted(context, *this, items.begin(), keys.begin(),
                      static_cast<std::uint32_t>(items.end() - items.begin()));
    }
};

// A map from each key to the list of its elements, both in order of appearance.
class GroupBy final : public Walk {
public:
    using Walk::Walk;
    Value run(Context& context) const override {
        const Value over = range(context);
        if (over.failed()) return over;
        MapMaker groups(context, over.size);
        ListMaker items(context, over.size), keys(context, over.size);
        if (!groups || !items || !keys) return context.fail_limit(*this);
        Value failure;
        const Value limit = walk(context, over, [&](const Value& element) {
            const Value key = parts_.body->run(context);
            failure = key;
            if (!key.failed() && !is_key(key))
                failure = context.fail(*this, fmt::format("{} cannot be a key", name_of(key.kind)), key);
            if (failure.failed()) return false;
            bool fresh = false;
            Value* count = groups.place(key, fresh);
            *count = Value::integer(fresh ? 1 : count->i + 1);
            items.add(element);
            keys.add(key);
            return true;
        });
        if (failure.failed()) return failure;
        if (limit.failed()) return limit;
        return fill(context, groups, items, keys);
    }

private:
    // Until now each group holds how many it will have.
    Value fill(Context& context, MapMaker& groups, ListMaker& items, ListMaker& keys) const {
        ListMaker all(context, static_cast<std::size_t>(items.end() - items.begin()));
        if (!all) return context.fail_limit(*this);
        Value* free = all.begin();
        const Map& map = groups.map();
        for (std::uint32_t i = 0; i < map.count; ++i) {
            Value* group = const_cast<Value*>(&map.entries[2 * i + 1]);  // ours until it is handed out
            const auto count = group->i;
            *group = Value::list(free, 0);
            free += count;
        }
        const Value* key = keys.begin();
        for (const Value& item : items) {
            bool fresh = false;
            Value* group = groups.place(*key++, fresh);
            const_cast<Value*>(group->items)[group->size++] = item;
        }
        return groups.finish();
    }
};

}  // namespace

OpPtr make_loop(const LoopParts& parts) {
    switch (parts.loop) {
        case Loop::all: return std::make_unique<Quantifier<false>>(parts);
        case Loop::exists: return std::make_unique<Quantifier<true>>(parts);
        case Loop::exists_one: return std::make_unique<ExistsOne>(parts);
        case Loop::filter:
        case Loop::map:
        case Loop::transform_list: return std::make_unique<Collect>(parts);
        case Loop::transform_map:
        case Loop::transform_map_entry: return std::make_unique<CollectMap>(parts);
        case Loop::sort_by: return std::make_unique<SortBy>(parts);
        case Loop::group_by: return std::make_unique<GroupBy>(parts);
    }
    return nullptr;
}

}  // namespace flowrun::expr
