#include "engine/call/failure.hh"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "base/reason.hh"
#include "base/secrets.hh"
#include "engine/call/call.hh"
#include "value/json.hh"

namespace flowrun::engine {

bool is_code(std::int32_t status) {
    return status <= static_cast<std::int32_t>(Code::invalid) && status >= static_cast<std::int32_t>(Code::internal);
}

std::unique_ptr<Error> error_from(const flowrun_error* given, std::int32_t status) {
    Code code = is_code(status) ? static_cast<Code>(status) : Code::internal;
    if (given == nullptr || given->size < offsetof(flowrun_error, node)) {
        return std::make_unique<Error>(Error::of(code, "it failed without saying why"));
    }
    if (is_code(given->code)) code = static_cast<Code>(given->code);
    const std::string_view said =
        given->message == nullptr ? "" : std::string_view(given->message, given->message_size);
    std::string message = reason_of(said);
    if (message.empty()) message = "it failed without saying why";
    auto error = std::make_unique<Error>(Error::of(code, std::move(message)));
    if (given->retryable == FLOWRUN_RETRY_YES) error->retryable = true;
    if (given->retryable == FLOWRUN_RETRY_NO) error->retryable = false;
    error->retry_after = std::max<std::int64_t>(given->retry_after, 0);
    // An error that is passed on keeps the node where it began.
    if (given->size >= offsetof(flowrun_error, detail) && given->node != nullptr) {
        const std::string_view node(given->node, given->node_size);
        if (value::valid_utf8(node)) error->node = node;
    }
    if (given->size >= sizeof(flowrun_error) && given->detail != nullptr) {
        error->detail = value::to_json(*node_of(given->detail));
        Secrets::of_process().mask(error->detail);
    }
    return error;
}

void fill(flowrun_error& out, const Error& error, const value::Node* detail) {
    flowrun_error all{};
    all.size = std::min<std::uint32_t>(out.size, sizeof(flowrun_error));
    all.code = static_cast<std::int32_t>(error.code);
    all.message = error.message.data();
    all.message_size = error.message.size();
    all.retryable = error.retryable ? FLOWRUN_RETRY_YES : FLOWRUN_RETRY_NO;
    all.attempts = error.attempts;
    all.retry_after = error.retry_after;
    all.node = error.node.data();
    all.node_size = error.node.size();
    all.detail = handle_of(detail);
    std::memcpy(&out, &all, all.size);
}

namespace {

// What is deeper is left out of an error: it is to fit into a message, whatever it is about.
constexpr unsigned most_causes = 100;       // in one another
constexpr std::uint16_t most_levels = 256;  // of lists and maps of a detail

void write(const Error& error, value::Builder& out, unsigned depth) {
    auto text = [&](std::string_view key, std::string_view value) {
        out.key(key);
        out.string(value);
    };
    out.map();
    text("code", name_of(error.code));
    text("message", error.message);
    out.key("retryable");
    out.boolean(error.retryable);
    if (error.retry_after != 0) text("retry_after", fmt::format("{}s", static_cast<double>(error.retry_after) / 1e9));
    if (!error.node.empty()) text("node", error.node);
    out.key("attempts");
    out.integer(std::max(error.attempts, 1u));
    if (!error.causes.empty() && depth < most_causes) {
        out.key("causes");
        out.list();
        for (const Error& cause : error.causes) write(cause, out, depth + 1);
        out.end();
    }
    if (!error.detail.empty()) {
        const auto detail = value::parse(error.detail);
        out.key("detail");
        detail && (*detail)->height <= most_levels ? out.value(**detail) : out.null();
    }
    out.end();
}

}  // namespace

void write(const Error& error, value::Builder& out) { write(error, out, 0); }

std::unique_ptr<Error> gathered(std::vector<Error> errors, std::string_view emitter) {
    if (errors.size() == 1) return std::make_unique<Error>(std::move(errors.front()));
    auto all = std::make_unique<Error>(errors.front());
    const auto behind = std::find_if(errors.begin(), errors.end(), [&](const Error& e) { return e.node != emitter; });
    if (behind != errors.end()) all->node = behind->node;
    all->message = fmt::format("{} branches failed: ", errors.size());
    for (std::size_t i = 0; i < errors.size(); ++i) {
        all->message += fmt::format("{}{}: {}", i == 0 ? "" : "; ", errors[i].node, errors[i].message);
    }
    all->retryable = std::all_of(errors.begin(), errors.end(), [](const Error& e) { return e.retryable; });
    for (const Error& e : errors) all->retry_after = std::max(all->retry_after, e.retry_after);
    all->detail.clear();
    all->causes = std::move(errors);
    return all;
}

}  // namespace flowrun::engine
