#include "command/durable_queues.hh"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/core.h>

#include "command/say.hh"
#include "flow/queues.hh"
#include "flow/stored_orders.hh"
#include "queue/spill_queue.hh"
#include "queue/unique_id.hh"

namespace flowrun::command {

namespace {

// An end of the edge is run by this process.
bool is_here(const flow::Checked& checked, std::size_t edge) {
    const flow::EdgeSpec& spec = checked.flow.edges[edge];
    return !checked.nodes[spec.from.node_index].elsewhere || !checked.nodes[spec.to.node_index].elsewhere;
}

// Whether an edge takes from the queue of this name, or puts its dead letters there.
bool is_of(const flow::Checked& checked, const std::string& url, std::string_view name) {
    for (std::size_t i = 0; i < checked.edges.size(); ++i) {
        const flow::QueueAddress* const queue = checked.edges[i].store();
        if (queue == nullptr || queue->url != url) continue;
        if (queue->name == name || checked.flow.edges[i].queue.dead_letter == name) return true;
    }
    return false;
}

}  // namespace

Exit DurableQueues::open(World& world, const flowrun_host& host, const FlowFile& file, bool until_empty) {
    until_empty_ = until_empty;
    origin_ = queue::unique_id(world.wall());
    Exit exit = look_for_orphans(file);
    if (exit != Exit::ok) return exit;
    const auto& edges = file.checked.edges;
    queues_.resize(edges.size());
    letters_.resize(edges.size());
    std::map<std::pair<std::string, std::string>, std::shared_ptr<engine::DeadLetters>> opened;  // by URL and name
    for (std::size_t i = 0; i < queues_.size(); ++i) {
        const flow::QueueAddress* const store = edges[i].store();
        if (store == nullptr || !is_here(file.checked, i)) continue;
        queues_[i] = open(world, host, file, i, store->name, exit);
        if (edges[i].spill) continue;
        const std::string& dead = file.checked.flow.edges[i].queue.dead_letter;
        if (!queues_[i] || dead.empty() || edges[i].leaves) continue;
        auto& letters = opened[{edges[i].queue->url, dead}];
        if (!letters) {
            if (auto queue = open(world, host, file, i, dead, exit)) {
                letters = std::make_shared<engine::DeadLetters>(std::move(queue));
            }
        }
        letters_[i] = letters;
    }
    return exit;
}

// The queue of this name where that of the edge lies. nullptr: it cannot be had, which is told.
std::unique_ptr<queue::PluginQueue> DurableQueues::open(World& world, const flowrun_host& host, const FlowFile& file,
                                                        std::size_t edge, const std::string& name, Exit& exit) {
    const flow::QueueAddress& address = *file.checked.edges[edge].store();
    const auto table = file.catalog->queue_table(address.kind);
    if (!table) {
        complain(table.error().message);
        exit = graver(exit, Exit::flow);
        return nullptr;
    }
    const bool own = name == address.name;
    const flow::EdgeSpec& spec = file.checked.flow.edges[edge];
    auto opened = queue::PluginQueue::open(
        world, host, **table,
        {file.catalog->path_of(address.kind), address.url, name, file.checked.flow.name,
         own ? flow::order_words(spec) : "", own ? spec.queue.max_bytes : 0, own && file.checked.edges[edge].leaves,
         own && until_empty_, own && spec.overflow == flow::Overflow::error, own && spec.order == flow::Order::by_key,
         spec.queue.lease, spec.timeout, origin_});
    if (opened) return std::move(*opened);
    const Error& error = opened.error();
    complain(fmt::format("the queue '{}' cannot be opened: {}", name, error.message));
    exit = graver(exit, error.code == Code::failed    ? Exit::running
                        : error.code == Code::invalid ? Exit::flow
                                                      : Exit::unavailable);
    return nullptr;
}

// Messages of this flow for an edge that it no longer has would wait for ever.
Exit DurableQueues::look_for_orphans(const FlowFile& file) {
    Exit exit = Exit::ok;
    std::set<std::string> looked_at;
    for (const flow::CheckedEdge& edge : file.checked.edges) {
        const flow::QueueAddress* const store = edge.store();
        if (store == nullptr || !looked_at.insert(store->url).second) continue;
        const auto table = file.catalog->queue_table(store->kind);
        if (!table) continue;
        struct Found {
            const flow::Checked& checked;
            const std::string& url;
            const bool shared;
            Exit& exit;
        } found{file.checked, store->url, store->shared, exit};
        const auto give = [](void* user, flowrun_text name, const flowrun_queue_depth* depth) {
            Found& in = *static_cast<Found*>(user);
            const std::string_view of(name.data, name.size);
            const bool ours = of.starts_with(in.checked.flow.name + "/");
            if (depth->waiting + depth->dead == 0 || is_of(in.checked, in.url, of)) return;
            if (in.shared && !ours) return;  // it is full of others'
            if (!ours || depth->waiting == 0) {
                return complain(
                    fmt::format("warning: in {} are {} messages and {} dead letters of '{}', which is no queue "
                                "of this flow",
                                flow::without_password(in.url), depth->waiting, depth->dead, of));
            }
            complain(
                fmt::format("{} message{} wait in '{}' for an edge that the flow no longer has\n"
                            "  remedy: flowrun queue move --yes '{}#{}' OTHER, or drop",
                            depth->waiting, depth->waiting == 1 ? "" : "s", of, flow::without_password(in.url), of));
            in.exit = graver(in.exit, Exit::flow);
        };
        // Of a store that is not there yet there is nothing to say, and what is wrong with one its opening tells.
        const std::string& url = store->url;
        static_cast<void>((*table)->list({url.data(), url.size()}, give, &found, nullptr, nullptr));
    }
    return exit;
}

void DurableQueues::offer(QueueControl& control, const FlowFile& file) const {
    for (std::size_t i = 0; i < queues_.size(); ++i) {
        if (!queues_[i]) continue;
        const flow::QueueAddress& address = *file.checked.edges[i].store();
        if (const auto table = file.catalog->queue_table(address.kind)) control.add(**table, address.url);
    }
}

engine::Queues DurableQueues::hand_over() {
    return [this](const engine::Edge& edge) -> std::unique_ptr<queue::Queue> {
        auto queue = std::move(queues_[edge.index]);
        if (!queue || edge.spec->overflow != flow::Overflow::spill) return queue;
        const flow::Buffer& buffer = edge.spec->buffer;
        return std::make_unique<queue::SpillQueue>(std::move(queue),
                                                   queue::SpillQueue::Bounds{buffer.messages, buffer.bytes});
    };
}

engine::Letters DurableQueues::hand_over_letters() {
    return [this](const engine::Edge& edge) { return std::move(letters_[edge.index]); };
}

}  // namespace flowrun::command
