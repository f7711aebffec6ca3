#include "command/servers.hh"

#include <algorithm>
#include <string>
#include <string_view>

#include <fmt/core.h>

#include "queue/plugin_text.hh"

namespace flowrun::command {

using queue::keep_text, queue::lent, queue::view_of;

namespace {

void ask(const flowrun_queue_table& table, FlowFile& file, std::size_t i) {
    const flow::EdgeSpec& edge = file.checked.flow.edges[i];
    const flow::QueueAddress& queue = *file.checked.edges[i].queue;
    flowrun_queue_spec spec{};
    spec.size = sizeof spec;
    spec.url = lent(queue.url);
    spec.name = lent(queue.name);
    spec.flow = lent(file.checked.flow.name);
    if (edge.order == flow::Order::by_key) spec.flags |= FLOWRUN_QUEUE_BY_KEY;
    spec.max_bytes = edge.queue.max_bytes;
    spec.lease = edge.queue.lease;
    spec.timeout = edge.timeout;
    struct Warned {
        flow::Issues& issues;
        const flow::Place& place;
        const std::string& name;
    } warned{file.checked.issues, edge.queue.url->place, queue.name};
    const auto warn = [](void* user, flowrun_text text) {
        const Warned& to = *static_cast<Warned*>(user);
        to.issues.warning(to.place, fmt::format("queue '{}': {}", to.name, view_of(text)));
    };
    std::string why;
    const std::int32_t status = table.probe(&spec, warn, &warned, keep_text, &why);
    if (status >= 0) return;
    std::string text = fmt::format("queue '{}': {}", queue.name, why);
    if (status == FLOWRUN_E_UNAVAILABLE) return file.checked.issues.passing_error(warned.place, std::move(text));
    file.checked.issues.error(warned.place, std::move(text));
}

}  // namespace

void ask_servers(FlowFile& file) {
    if (!file.checked.ok()) return;
    for (std::size_t i = 0; i < file.checked.edges.size(); ++i) {
        if (!file.checked.edges[i].queue) continue;
        const auto table = file.catalog->queue_table(file.checked.edges[i].queue->kind);
        if (table && (*table)->probe != nullptr) ask(**table, file, i);
    }
    file.checked.issues.sort();
}

}  // namespace flowrun::command
