#include "command/durable_queues.hh"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/core.h>

#include "command/say.hh"

namespace flowrun::command {

Exit DurableQueues::open(World& world, const flowrun_host& host, const FlowFile& file) {
    Exit exit = look_for_orphans(file);
    if (exit != Exit::ok) return exit;
    queues_.resize(file.checked.edges.size());
    for (std::size_t i = 0; i < queues_.size(); ++i) {
        const auto& address = file.checked.edges[i].queue;
        const flow::EdgeSpec& spec = file.checked.flow.edges[i];
        const auto elsewhere = [&](const flow::Endpoint& end) { return file.checked.nodes[end.node_index].elsewhere; };
        if (!address || (elsewhere(spec.from) && elsewhere(spec.to))) continue;
        const auto table = file.catalog->queue_table(address->kind);
        if (!table) {
            complain(table.error().message);
            exit = graver(exit, Exit::flow);
            continue;
        }
        auto opened =
            queue::PluginQueue::open(world, host, **table,
                                     {file.catalog->path_of(address->kind), address->url, address->name,
                                      file.checked.flow.name, spec.queue.max_bytes, file.checked.edges[i].leaves});
        if (opened) {
            queues_[i] = std::move(*opened);
            continue;
        }
        const Error& error = opened.error();
        complain(fmt::format("the queue '{}' cannot be opened: {}", address->name, error.message));
        exit = graver(exit, error.code == Code::failed    ? Exit::running
                            : error.code == Code::invalid ? Exit::flow
                                                          : Exit::unavailable);
    }
    return exit;
}

// Messages of this flow for an edge that it no longer has would wait for ever.
Exit DurableQueues::look_for_orphans(const FlowFile& file) {
    Exit exit = Exit::ok;
    std::set<std::string> looked_at;
    for (const flow::CheckedEdge& edge : file.checked.edges) {
        if (!edge.queue || !looked_at.insert(edge.queue->url).second) continue;
        const auto table = file.catalog->queue_table(edge.queue->kind);
        if (!table) continue;
        struct Found {
            const flow::Checked& checked;
            const std::string& url;
            Exit& exit;
        } found{file.checked, edge.queue->url, exit};
        const auto give = [](void* user, flowrun_text name, const flowrun_queue_depth* depth) {
            Found& in = *static_cast<Found*>(user);
            const std::string_view of(name.data, name.size);
            const auto is_it = [&](const flow::CheckedEdge& e) {
                return e.queue && e.queue->url == in.url && e.queue->name == of;
            };
            const bool ours = of.starts_with(in.checked.flow.name + "/");
            if (depth->waiting + depth->dead == 0 || std::ranges::any_of(in.checked.edges, is_it)) return;
            if (!ours || depth->waiting == 0) {
                return complain(
                    fmt::format("warning: in {} are {} messages and {} dead letters of '{}', which is no queue "
                                "of this flow",
                                in.url, depth->waiting, depth->dead, of));
            }
            complain(
                fmt::format("{} message{} wait in '{}' for an edge that the flow no longer has\n"
                            "  remedy: flowrun queue move --yes '{}#{}' OTHER, or drop",
                            depth->waiting, depth->waiting == 1 ? "" : "s", of, in.url, of));
            in.exit = graver(in.exit, Exit::flow);
        };
        // Of a store that is not there yet there is nothing to say, and what is wrong with one its opening tells.
        const std::string& url = edge.queue->url;
        static_cast<void>((*table)->list({url.data(), url.size()}, give, &found, nullptr, nullptr));
    }
    return exit;
}

void DurableQueues::offer(QueueControl& control, const FlowFile& file) const {
    for (std::size_t i = 0; i < queues_.size(); ++i) {
        if (!queues_[i]) continue;
        const flow::QueueAddress& address = *file.checked.edges[i].queue;
        if (const auto table = file.catalog->queue_table(address.kind)) control.add(**table, address.url);
    }
}

engine::Queues DurableQueues::hand_over() {
    return [this](const engine::Edge& edge) -> std::unique_ptr<queue::Queue> { return std::move(queues_[edge.index]); };
}

}  // namespace flowrun::command
