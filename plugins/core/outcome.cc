#include "outcome.hh"

#include <algorithm>

namespace flowrun::core {

using namespace sdk;

namespace {

std::string_view view(const char* data, std::uint64_t size) { return data ? std::string_view(data, size) : ""; }

bool retryable(Status code, const flowrun_error* error) {
    if (error && error->retryable != FLOWRUN_RETRY_BY_CODE) return error->retryable == FLOWRUN_RETRY_YES;
    return code != Status::invalid && code != Status::permanent && code != Status::cancelled;
}

const char* name_of(Status code) {
    switch (code) {
        case Status::invalid: return "invalid";
        case Status::timeout: return "timeout";
        case Status::cancelled: return "cancelled";
        case Status::unavailable: return "unavailable";
        case Status::overflow: return "overflow";
        case Status::permanent: return "permanent";
        case Status::internal: return "internal";
        default: return "failed";
    }
}

}  // namespace

void Outcome::replied(std::uint64_t index, Value reply) {
    if (reply) replies_.push_back({index, reply.keep()});
}

void Outcome::failed(std::uint64_t index, Status code, const flowrun_error* error) {
    ++failures_;
    retryable_ = retryable_ && retryable(code, error);
    // The lowest indexes are the ones to tell of, whatever order they come in.
    if (failed_.size() == told) {
        const auto last = std::max_element(failed_.begin(), failed_.end(),
                                           [](const Failed& a, const Failed& b) { return a.index < b.index; });
        if (last->index < index) return;
        failed_.erase(last);
    }
    failed_.push_back({index, code, std::string(error ? view(error->message, error->message_size) : ""),
                       std::string(error ? view(error->node, error->node_size) : ""), error ? error->retry_after : 0});
}

Value Outcome::reply(std::uint64_t total, Builder& builder) {
    if (replies_.empty()) return {};
    std::sort(replies_.begin(), replies_.end(), [](const Reply& a, const Reply& b) { return a.index < b.index; });
    builder.list();
    auto next = replies_.begin();
    for (std::uint64_t i = 0; i < total; ++i) {
        if (next != replies_.end() && next->index == i) builder.value((next++)->value.get());
        else builder.null();
    }
    return builder.end().finish();
}

Failure Outcome::failure(std::uint64_t total, Builder& builder) {
    std::sort(failed_.begin(), failed_.end(), [](const Failed& a, const Failed& b) { return a.index < b.index; });
    const Failed& first = failed_.front();
    const std::string place = "item " + std::to_string(first.index);
    std::string text =
        failures_ == 1 ? place + " of " + std::to_string(total) + " failed: "
                       : std::to_string(failures_) + " of " + std::to_string(total) + " items failed; " + place + ": ";
    Failure failure(first.code, text + (first.message.empty() ? name_of(first.code) : first.message));
    failure.node(first.node).retry(retryable_ ? Retry::yes : Retry::no);

    std::int64_t retry_after = 0;
    builder.map().key("failed").unsigned_integer(failures_).key("total").unsigned_integer(total).key("errors").list();
    for (const Failed& one : failed_) {
        retry_after = std::max(retry_after, one.retry_after);
        builder.map().key("index").unsigned_integer(one.index).key("code").string(name_of(one.code));
        builder.key("message").string(one.message);
        if (!one.node.empty()) builder.key("node").string(one.node);
        builder.end();
    }
    failure.retry_after(retry_after);
    failure.detail(builder.end().end().finish());
    return failure;
}

}  // namespace flowrun::core
