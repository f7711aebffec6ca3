#include "expr/flow_scope.hh"

namespace flowrun::expr {
namespace {

void add_params(Scope& scope, const FlowNames& names) {
    Scope::Record& param = scope.record("param", "declare it under 'params:'");
    for (std::size_t i = 0; i < names.params.size(); ++i) {
        Scope::member_at(param, names.param(i), names.params[i].first, names.params[i].second);
    }
}

void add_environment(Scope& scope, const FlowNames& names) {
    Scope::Record& env = scope.record("env", "list the variable under 'env:'");
    for (std::size_t i = 0; i < names.env.size(); ++i) {
        Scope::member_at(env, names.environment(i), names.env[i], Type::string());
    }
    scope.reserve(names.environment(names.env.size()));
}

void add_message(Scope& scope) {
    scope.add_at(slot_msg, "msg", Type::dyn());
    Scope::Record& meta = scope.record("meta");
    Scope::member_at(meta, slot_meta_id, "id", Type::string());
    Scope::member_at(meta, slot_meta_key, "key", Type::string());
    Scope::member_at(meta, slot_meta_attempt, "attempt", Type::integer());
    Scope::member_at(meta, slot_meta_index, "index", Type::integer());
    Scope::member_at(meta, slot_meta_total, "total", Type::integer());
    Scope::member_at(meta, slot_meta_time, "time", Type::timestamp());
    Scope::member_at(meta, slot_meta_trace, "trace", Type::string());
}

void add_error(Scope& scope) {
    Scope::Record& error = scope.record("error");
    Scope::member_at(error, slot_error_code, "code", Type::string());
    Scope::member_at(error, slot_error_message, "message", Type::string());
    Scope::member_at(error, slot_error_retryable, "retryable", Type::boolean());
    Scope::member_at(error, slot_error_retry_after, "retry_after", Type::duration());
    Scope::member_at(error, slot_error_node, "node", Type::string());
    Scope::member_at(error, slot_error_attempts, "attempts", Type::integer());
    Scope::member_at(error, slot_error_causes, "causes", Type::list());
    Scope::member_at(error, slot_error_detail, "detail", Type::dyn());
}

}  // namespace

Scope default_scope(const FlowNames& names) {
    Scope scope;
    scope.set_before_run();
    add_environment(scope, names);
    return scope;
}

Scope constant_scope(const FlowNames& names) {
    Scope scope;
    scope.set_before_run();
    add_params(scope, names);
    add_environment(scope, names);
    return scope;
}

Scope message_scope(const FlowNames& names) {
    Scope scope;
    add_message(scope);
    add_params(scope, names);
    add_environment(scope, names);
    return scope;
}

Scope item_scope(const FlowNames& names) {
    Scope scope;
    add_message(scope);
    scope.add_at(slot_item, "item", Type::dyn());
    add_params(scope, names);
    add_environment(scope, names);
    return scope;
}

Scope retry_scope(const FlowNames& names) {
    Scope scope;
    add_message(scope);
    add_error(scope);
    add_params(scope, names);
    add_environment(scope, names);
    return scope;
}

}  // namespace flowrun::expr
