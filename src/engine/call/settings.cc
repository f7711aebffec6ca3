#include "engine/call/settings.hh"

#include <utility>

#include <fmt/core.h>

#include "engine/call/call_result.hh"
#include "engine/call/message_scope.hh"
#include "expr/describe.hh"
#include "expr/failure.hh"
#include "flow/coercion.hh"
#include "value/json.hh"

namespace flowrun::engine {
namespace {

using expr::Value;

// What an expression gave does not suit its setting: with the expression, and the value unless it is secret.
std::string misfitting(const flow::Tree& with, const flow::Setting& about, std::string_view problem,
                       const value::Node& made) {
    const flow::Tree* tree = with.member(about.name);
    const Value value = Value::from(made);
    expr::Failure failed;
    failed.message = problem;
    if (!about.secret) {
        failed.culprits = &value;
        failed.culprit_count = 1;
    }
    return describe(failed, tree == nullptr ? std::string_view() : std::string_view(tree->text));
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

// Makes a setting in `into`; nullptr: it failed, and the call's error and setting_status say how.
const value::Node* made(Call& call, const flow::MessageSetting& per_message, const value::Node* item,
                        CallScratch& into) {
    const Node& node = *call.node;
    const flow::Setting& about = *per_message.setting;
    CallScratch& scratch = call.more();
    scratch.setting_status = 0;
    const expr::ValueTemplate& value_template = per_message.value;
    fill_scope(
        *call.thread, into.arena, call.meta, call.message, call.attempt,
        [&](expr::Slot slot) { return value_template.uses(slot); },
        value_template.uses_any(expr::slot_meta_id, expr::slot_meta_trace));
    if (about.per_item) call.thread->frame.set(expr::slot_item, item != nullptr ? Value::from(*item) : Value::absent());
    auto refuse = [&](std::string_view why) {
        CallResult refused = failure(Code::invalid, fmt::format("setting '{}': {}", about.name, why), &node);
        scratch.setting_status = refused.status;
        scratch.error = std::move(refused.error);
        return nullptr;
    };
    std::expected<Value, expr::Failure> result;
    if (const value::Node* truth = truth_of(per_message, call.thread->frame, into.arena, result)) return truth;
    const flow::Tree& with = call.thread->run.checked.flow.nodes[node.index].with;
    auto fail = [&](expr::Failure failed) {
        if (about.secret) failed.culprit_count = 0;
        return refuse(describe(failed, text_at(with, failed.leaf)));
    };
    if (!result) return fail(result.error());
    value::Builder& builder = into.builder();
    if (auto built = per_message.value.build(call.thread->frame, into.arena, builder); !built) {
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

const value::Node* setting(Call& call, std::uint32_t number) {
    const Node& node = *call.node;
    if (number >= node.per_message.size()) return nullptr;
    const flow::MessageSetting* per_message = node.per_message[number];
    if (per_message == nullptr) return node.constants[number];
    CallScratch& scratch = call.more();
    if (const value::Node* before = scratch.made_settings[number]) return scratch.setting_status = 0, before;
    const value::Node* value = made(call, *per_message, nullptr, scratch);
    scratch.made_settings.put(number, value);
    return value;
}

const value::Node* setting(Call& call, std::uint32_t number, const value::Node& item) {
    const Node& node = *call.node;
    const flow::MessageSetting* per_message = number < node.per_message.size() ? node.per_message[number] : nullptr;
    if (per_message == nullptr || !per_message->setting->per_item) return setting(call, number);
    std::unique_ptr<CallScratch>& own = call.more().of_item;
    if (!own) own = std::make_unique<CallScratch>();
    own->clear();
    const value::Node* value = made(call, *per_message, &item, *own);
    if (value == nullptr) call.scratch->last_error = std::move(call.scratch->error);
    return value;
}

}  // namespace flowrun::engine
