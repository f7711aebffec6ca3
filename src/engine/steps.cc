#include "engine/steps.hh"

#include <cassert>
#include <utility>

#include <fmt/core.h>

#include "engine/failure.hh"
#include "engine/hops.hh"
#include "engine/run.hh"
#include "expr/describe.hh"
#include "expr/failure.hh"
#include "flow/coercion.hh"
#include "trace/span.hh"
#include "value/json.hh"

namespace flowrun::engine {
namespace {

using expr::Value;

// Fills the slots of message and, when any is used, those of meta that `uses` wants. Text goes into the arena.
template <class Uses>
void fill(Lane& lane, Arena& arena, const queue::Meta* meta, const value::Node* message, std::uint32_t attempt,
          Uses&& uses, bool of_meta = true) {
    expr::Frame& frame = lane.frame;
    auto text = [&](expr::Slot slot, std::string_view s) { frame.set(slot, Value::string(arena.copy(s))); };
    if (message != nullptr) frame.set(expr::slot_msg, Value::from(*message));
    if (meta == nullptr || !of_meta) return;
    if (uses(expr::slot_meta_id)) text(expr::slot_meta_id, meta->id());
    if (uses(expr::slot_meta_key)) {
        bool keyed = meta->text && !meta->text->key.empty();
        keyed ? text(expr::slot_meta_key, meta->text->key) : frame.set(expr::slot_meta_key, Value::absent());
    }
    if (uses(expr::slot_meta_attempt)) frame.set(expr::slot_meta_attempt, Value::integer(attempt));
    bool sibling = meta->total != 0;
    frame.set(expr::slot_meta_index, sibling ? Value::integer(meta->index) : Value::absent());
    frame.set(expr::slot_meta_total, sibling ? Value::integer(meta->total) : Value::absent());
    if (uses(expr::slot_meta_time)) {
        std::int64_t time = meta->time != 0 ? meta->time : lane.run.world.wall();
        frame.set(expr::slot_meta_time, Value::timestamp(time / second, static_cast<std::uint32_t>(time % second)));
    }
    if (uses(expr::slot_meta_trace)) {
        text(expr::slot_meta_trace, fmt::format("{:016x}{:016x}", meta->trace.high, meta->trace.low));
    }
}

std::int32_t expression_failed(Lane& lane, const Edge& edge, std::string_view key, const expr::Failure& failure,
                               std::string_view text) {
    return failing(lane, Code::invalid, fmt::format("{} of edge {}: {}", key, edge.name, describe(failure, text)),
                   edge.from);
}

// The scalar that stands at `offset` in the source: a failure says which leaf of a template it was.
const flow::Tree* scalar_at(const flow::Tree& tree, std::uint32_t offset) {
    if (tree.kind == flow::Tree::Kind::scalar) return tree.place.offset == offset ? &tree : nullptr;
    for (const flow::Tree& item : tree.items) {
        if (const flow::Tree* found = scalar_at(item, offset)) return found;
    }
    return nullptr;
}

std::string_view text_at(const flow::Tree& tree, std::uint32_t offset) {
    const flow::Tree* leaf = scalar_at(tree, offset);
    return leaf == nullptr ? std::string_view() : std::string_view(leaf->text);
}

// What an expression gave does not suit its setting: with the expression, and the value unless it is secret.
std::string misfitting(const flow::Tree& with, const flow::Setting& about, std::string_view problem,
                       const value::Node& made) {
    const flow::Tree* tree = with.member(about.name);
    const Value value = Value::from(made);
    expr::Failure failure;
    failure.message = problem;
    if (!about.secret) {
        failure.culprits = &value;
        failure.culprit_count = 1;
    }
    return describe(failure, tree == nullptr ? std::string_view() : std::string_view(tree->text));
}

// Of a condition: true or false without building anything; nullptr: it is none, or `result` holds its failure.
const value::Node* truth_of(const flow::MessageSetting& setting, const expr::Frame& frame, Arena& arena,
                            std::expected<Value, expr::Failure>& result) {
    static const value::Value yes = *value::parse("true"), no = *value::parse("false");
    if (setting.setting->types != flow::Setting::boolean) return nullptr;
    const expr::Truth truth = setting.value.truth(frame, arena, result);
    if (truth == expr::Truth::other) return nullptr;
    return truth == expr::Truth::yes ? yes.get() : no.get();
}

std::int32_t with_key(Lane& lane, const Edge& edge, Extra& extra, Steps& steps, const queue::Meta* meta) {
    auto key = edge.expressions->key->evaluate(lane.frame, extra.arena);
    if (!key) return expression_failed(lane, edge, "key", key.error(), edge.expressions->key->text());
    std::string text;
    if (key->kind == expr::Kind::string) {
        text.assign(key->text, key->size);
    } else {
        text = expr::to_display(*key, 1024);
    }
    steps.own_meta = new queue::Meta(meta != nullptr ? *meta : queue::Meta{});
    if (!steps.own_meta->text) steps.own_meta->text = std::make_unique<queue::MetaText>();
    steps.own_meta->text->key = std::move(text);
    return 0;
}

// Makes a setting in `into`; nullptr: it failed, and the call's error and setting_status say how.
const value::Node* made(Call& call, const flow::MessageSetting& per_message, const value::Node* item, Extra& into) {
    const Node& node = *call.node;
    const flow::Setting& about = *per_message.setting;
    Extra& extra = call.more();
    extra.setting_status = 0;
    const expr::ValueTemplate& value_template = per_message.value;
    fill(
        *call.lane, into.arena, call.meta, call.message, call.attempt,
        [&](expr::Slot slot) { return value_template.uses(slot); },
        value_template.uses_any(expr::slot_meta_id, expr::slot_meta_trace));
    if (about.per_item) call.lane->frame.set(expr::slot_item, item != nullptr ? Value::from(*item) : Value::absent());
    auto refuse = [&](std::string_view why) {
        extra.setting_status =
            failing(*call.lane, Code::invalid, fmt::format("setting '{}': {}", about.name, why), &node);
        extra.error = std::move(call.lane->error);
        return nullptr;
    };
    std::expected<Value, expr::Failure> result;
    if (const value::Node* truth = truth_of(per_message, call.lane->frame, into.arena, result)) return truth;
    const flow::Tree& with = call.lane->run.checked.flow.nodes[node.index].with;
    auto fail = [&](expr::Failure failure) {
        if (about.secret) failure.culprit_count = 0;
        return refuse(describe(failure, text_at(with, failure.leaf)));
    };
    if (!result) return fail(result.error());
    value::Builder& builder = into.builder();
    if (auto built = per_message.value.build(call.lane->frame, into.arena, builder); !built) {
        return fail(built.error());
    }
    const value::Node* value = builder.finish();
    if (value == nullptr) return refuse(builder.empty() ? "its expression gave no value" : value::too_deep);
    if (flow::takes_all(about)) return value;
    if (auto problem = flow::mismatch(about, *value)) return refuse(misfitting(with, about, *problem, *value));
    if (flow::converts(about)) {
        value::Builder& converted = into.builder();
        flow::coerce(about, *value, converted);
        value = converted.finish();
    }
    return value;
}

}  // namespace

Steps steps(Lane& lane, const Edge& edge, const queue::Meta* meta, const value::Node* message) {
    const flow::CheckedEdge& e = *edge.expressions;
    Steps result;
    result.message = message;
    if (!e.when && !e.map && !e.key) return result;
    Extra& extra = lane.lend();
    result.made = &extra;
    fill(lane, extra.arena, meta, message, 1, [&](expr::Slot slot) {
        return (e.when && e.when->uses(slot)) || (e.map && e.map->uses(slot)) || (e.key && e.key->uses(slot));
    });
    std::expected<Value, expr::Failure> when;
    const expr::Truth truth = e.when ? e.when->truth(lane.frame, extra.arena, when) : expr::Truth::yes;
    result.filtered = truth == expr::Truth::no;
    if (truth == expr::Truth::other && !when) {
        result.status = expression_failed(lane, edge, "when", when.error(), e.when->text());
    } else if (truth == expr::Truth::other) {
        result.status = failing(
            lane, Code::invalid,
            fmt::format("when of edge {} is not true or false: {}", edge.name, expr::to_display(*when)), edge.from);
    }
    if (result.status == 0 && !result.filtered && e.map) {
        value::Builder& builder = extra.builder();
        auto built = e.map->build(lane.frame, extra.arena, builder);
        const value::Node* whole = built ? builder.finish() : nullptr;
        if (whole != nullptr) {
            result.message = whole;
            lane.frame.set(expr::slot_msg, Value::from(*result.message));
        } else if (built) {
            result.status =
                failing(lane, Code::invalid, fmt::format("map of edge {}: {}", edge.name, value::too_deep), edge.from);
        } else {
            result.status =
                expression_failed(lane, edge, "map", built.error(), text_at(*edge.spec->map, built.error().leaf));
        }
    }
    if (result.status == 0 && !result.filtered && e.key) result.status = with_key(lane, edge, extra, result, meta);
    return result;
}

std::int32_t worth_retrying(Lane& lane, const Edge& edge, const queue::Meta* meta, const value::Node* message) {
    const Error& error = *lane.error;
    if (!edge.expressions->retry_when) return error.retryable ? 1 : 0;
    Extra& extra = lane.lend();
    const expr::Program& program = *edge.expressions->retry_when;
    fill(lane, extra.arena, meta, message, error.attempts, [&](expr::Slot slot) { return program.uses(slot); });
    expr::Frame& frame = lane.frame;
    value::Builder& builder = extra.builder();
    write(error, builder);
    const value::Node* whole = builder.finish();
    auto member = [&](const char* name) {
        const value::Node* found = whole->member(name);
        return found == nullptr ? Value::absent() : Value::from(*found);
    };
    frame.set(expr::slot_error_code, member("code"));
    frame.set(expr::slot_error_message, member("message"));
    frame.set(expr::slot_error_retryable, Value::boolean(error.retryable));
    frame.set(expr::slot_error_retry_after,
              error.retry_after == 0 ? Value::absent() : Value::duration(error.retry_after));
    frame.set(expr::slot_error_node, member("node"));
    frame.set(expr::slot_error_attempts, Value::integer(error.attempts));
    frame.set(expr::slot_error_causes, member("causes"));
    frame.set(expr::slot_error_detail, member("detail"));
    auto when = program.evaluate(frame, extra.arena);
    std::int32_t result = 0;
    if (!when) {
        auto cause = std::move(lane.error);
        result = expression_failed(lane, edge, "retry.when", when.error(), program.text());
        lane.error->causes.push_back(std::move(*cause));
    } else {
        result = when->kind == expr::Kind::boolean && when->b ? 1 : 0;
    }
    lane.give_back(&extra);
    return result;
}

const value::Node* setting(Call& call, std::uint32_t number) {
    const Node& node = *call.node;
    if (number >= node.per_message.size()) return nullptr;
    const flow::MessageSetting* per_message = node.per_message[number];
    if (per_message == nullptr) return node.constants[number];
    Extra& extra = call.more();
    if (const value::Node* before = extra.made_settings[number]) return extra.setting_status = 0, before;
    const value::Node* value = made(call, *per_message, nullptr, extra);
    extra.made_settings.put(number, value);
    return value;
}

const value::Node* setting(Call& call, std::uint32_t number, const value::Node& item) {
    const Node& node = *call.node;
    const flow::MessageSetting* per_message = number < node.per_message.size() ? node.per_message[number] : nullptr;
    if (per_message == nullptr || !per_message->setting->per_item) return setting(call, number);
    std::unique_ptr<Extra>& own = call.more().of_item;
    if (!own) own = std::make_unique<Extra>();
    own->clear();
    const value::Node* value = made(call, *per_message, &item, *own);
    if (value == nullptr) call.extra->last_error = std::move(call.extra->error);
    return value;
}

}  // namespace flowrun::engine
