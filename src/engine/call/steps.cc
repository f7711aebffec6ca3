#include "engine/call/steps.hh"

#include <utility>

#include <fmt/core.h>

#include "engine/call/failure.hh"
#include "engine/call/message_scope.hh"
#include "expr/describe.hh"
#include "expr/failure.hh"
#include "value/json.hh"

namespace flowrun::engine {
namespace {

using expr::Value;

CallResult expression_failed(const Edge& edge, std::string_view key, const expr::Failure& failed,
                             std::string_view text) {
    return failure(Code::invalid, fmt::format("{} of edge {}: {}", key, edge.name, describe(failed, text)), edge.from);
}

CallResult with_key(ThreadContext& thread, const Edge& edge, CallScratch& scratch, Steps& steps,
                    const queue::Meta* meta) {
    auto key = edge.expressions->key->evaluate(thread.frame, scratch.arena);
    if (!key) return expression_failed(edge, "key", key.error(), edge.expressions->key->text());
    std::string text;
    if (key->kind == expr::Kind::string) {
        text.assign(key->text, key->size);
    } else {
        text = expr::to_display(*key, 1024);
    }
    steps.own_meta = new queue::Meta(meta != nullptr ? *meta : queue::Meta{});
    if (!steps.own_meta->text) steps.own_meta->text = std::make_unique<queue::MetaText>();
    steps.own_meta->text->key = std::move(text);
    return {};
}

}  // namespace

Steps take_steps(ThreadContext& thread, const Edge& edge, const queue::Meta* meta, const value::Node* message) {
    const flow::CheckedEdge& e = *edge.expressions;
    Steps result;
    result.message = message;
    if (!e.when && !e.map && !e.key) return result;
    CallScratch& scratch = thread.scratch.acquire();
    result.made = &scratch;
    fill_scope(thread, scratch.arena, meta, message, 1, [&](expr::Slot slot) {
        return (e.when && e.when->uses(slot)) || (e.map && e.map->uses(slot)) || (e.key && e.key->uses(slot));
    });
    std::expected<Value, expr::Failure> when;
    const expr::Truth truth = e.when ? e.when->truth(thread.frame, scratch.arena, when) : expr::Truth::yes;
    result.filtered = truth == expr::Truth::no;
    if (truth == expr::Truth::other && !when) {
        result.result = expression_failed(edge, "when", when.error(), e.when->text());
    } else if (truth == expr::Truth::other) {
        result.result = failure(
            Code::invalid, fmt::format("when of edge {} is not true or false: {}", edge.name, expr::to_display(*when)),
            edge.from);
    }
    if (!result.result.failed() && !result.filtered && e.map) {
        value::Builder& builder = scratch.builder();
        auto built = e.map->build(thread.frame, scratch.arena, builder);
        const value::Node* whole = built ? builder.finish() : nullptr;
        if (whole != nullptr) {
            result.message = whole;
            thread.frame.set(expr::slot_msg, Value::from(*result.message));
        } else if (built) {
            result.result =
                failure(Code::invalid, fmt::format("map of edge {}: {}", edge.name, value::too_deep), edge.from);
        } else {
            result.result = expression_failed(edge, "map", built.error(), text_at(*edge.spec->map, built.error().leaf));
        }
    }
    if (!result.result.failed() && !result.filtered && e.key)
        result.result = with_key(thread, edge, scratch, result, meta);
    return result;
}

bool worth_retrying(ThreadContext& thread, const Edge& edge, const queue::Meta* meta, const value::Node* message,
                    CallResult& failed) {
    const Error& error = *failed.error;
    if (!edge.expressions->retry_when) return error.retryable;
    CallScratch& scratch = thread.scratch.acquire();
    const expr::Program& program = *edge.expressions->retry_when;
    fill_scope(thread, scratch.arena, meta, message, error.attempts,
               [&](expr::Slot slot) { return program.uses(slot); });
    expr::Frame& frame = thread.frame;
    value::Builder& builder = scratch.builder();
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
    auto when = program.evaluate(frame, scratch.arena);
    const bool worth = when && when->kind == expr::Kind::boolean && when->b;
    if (!when) {
        CallResult broken = expression_failed(edge, "retry.when", when.error(), program.text());
        broken.error->node = edge.to->name;  // where it failed, and whose port for failures is asked next
        broken.error->causes.push_back(std::move(*failed.error));
        failed = std::move(broken);
    }
    thread.scratch.release(&scratch);
    return worth;
}

}  // namespace flowrun::engine
