#include "command/queue_audit.hh"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/core.h>

#include "command/say.hh"
#include "flow/queues.hh"
#include "value/json.hh"

namespace flowrun::command {
namespace {

using Audit = flowrun_queue_audit;

struct Column {
    std::string_view name, json;
    std::uint64_t Audit::* count;
};
constexpr Column columns[] = {
    {"pushed", "pushed", &Audit::pushed},    {"put", "put", &Audit::put},       {"done", "done", &Audit::acked},
    {"buried", "buried", &Audit::buried},    {"taken", "taken", &Audit::taken}, {"lost", "lost", &Audit::lost},
    {"waiting", "waiting", &Audit::waiting}, {"dead", "dead", &Audit::dead},
};

// What is missing (or, below zero, too many) of the messages that came in, and of the dead letters.
std::int64_t missing(const Audit& a) {
    return static_cast<std::int64_t>(a.pushed + a.put) -
           static_cast<std::int64_t>(a.acked + a.buried + a.taken + a.lost + a.waiting);
}
std::int64_t missing_dead(const Audit& a) {
    return static_cast<std::int64_t>(a.buried) - static_cast<std::int64_t>(a.dead + a.dead_taken);
}

struct Audited {
    std::string name, url;
    Audit audit;
};

std::string line_of(const Audited& one) {
    std::string text = R"({"queue":)";
    value::write_string(one.name, text);
    text += R"(,"url":)";
    value::write_string(one.url, text);
    for (const Column& column : columns) text += fmt::format(R"(,"{}":{})", column.json, one.audit.*column.count);
    return text + fmt::format(R"(,"missing":{},"missing_dead":{}}})", missing(one.audit), missing_dead(one.audit)) +
           "\n";
}

std::string table_of(const std::vector<Audited>& all) {
    std::size_t width = 5;
    for (const Audited& one : all) width = std::max(width, one.name.size());
    std::string text = fmt::format("{:<{}}", "queue", width);
    for (const Column& column : columns) text += fmt::format("  {:>8}", column.name);
    text += "\n";
    for (const Audited& one : all) {
        text += fmt::format("{:<{}}", one.name, width);
        for (const Column& column : columns) text += fmt::format("  {:>8}", one.audit.*column.count);
        text += "\n";
    }
    return text;
}

void complain_of(const std::string& name, std::int64_t n, std::string_view what) {
    if (n == 0) return;
    complain(n > 0 ? fmt::format("'{}' does not add up: {} {} missing", name, n, what)
                   : fmt::format("'{}' does not add up: {} {} too many", name, -n, what));
}

Result<void> add(const StoredQueue& queue, std::vector<Audited>& all) {
    if (queue.table->audit == nullptr)
        return fail(Code::unavailable, flow::without_password(queue.url) + " keeps no account of its own");
    struct Into {
        const StoredQueue& queue;
        std::vector<Audited>& all;
    } into{queue, all};
    const auto give = [](void* user, flowrun_text name, const Audit* audit) {
        Into& to = *static_cast<Into*>(user);
        if (std::string_view(name.data, name.size) == to.queue.name) {
            to.all.push_back({to.queue.name, flow::without_password(to.queue.url), *audit});
        }
    };
    std::string why;
    const auto keep = [](void* user, flowrun_text text) {
        static_cast<std::string*>(user)->assign(text.data, text.size);
    };
    const std::int32_t status = queue.table->audit({queue.url.data(), queue.url.size()}, give, &into, keep, &why);
    return status < 0 ? Result<void>(fail(Code::unavailable, std::move(why))) : Result<void>();
}

}  // namespace

Exit audit(const StoredQueues& queues, bool json) {
    std::vector<Audited> all;
    for (const StoredQueue& queue : queues.all()) {
        if (const auto added = add(queue, all); !added) return told(added.error());
    }
    std::string text = json ? std::string() : table_of(all);
    bool adds_up = true;
    for (const Audited& one : all) {
        if (json) text += line_of(one);
        adds_up = adds_up && missing(one.audit) == 0 && missing_dead(one.audit) == 0;
    }
    const Exit exit = put(text);
    if (adds_up) return exit;
    for (const Audited& one : all) {
        complain_of(one.name, missing(one.audit), "messages");
        complain_of(one.name, missing_dead(one.audit), "dead letters");
    }
    return graver(exit, Exit::failed);
}

}  // namespace flowrun::command
