#include "flow/queues.hh"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace flowrun::flow {
namespace {

std::string end_text(const Endpoint& end) { return end.port_given ? end.node + "." + end.port : end.node; }

// Within one flow an error edge does that, and counts it.
void check_dead_letter(const Flow& flow, const std::vector<CheckedEdge>& edges, std::size_t i,
                       const Diagnostics& diagnostics) {
    const QueueSpec& queue = flow.edges[i].queue;
    if (!edges[i].queue || queue.dead_letter.empty()) return;
    for (std::size_t k = 0; k < edges.size(); ++k) {
        if (!edges[k].queue || edges[k].queue->url != edges[i].queue->url) continue;
        if (edges[k].queue->name != queue.dead_letter) continue;
        diagnostics.error(queue.dead_letter_place,
                          fmt::format("an edge of this flow takes from '{}'", queue.dead_letter),
                          fmt::format("lead there from the error port: {}.error ~> {}", flow.edges[i].to.node,
                                      flow.edges[k].to.node));
    }
}

// Its deadline goes on while no run is there.
void warn_of_deadline(const EdgeSpec& spec, const Diagnostics& diagnostics) {
    if (spec.deadline == 0) return;
    diagnostics.warning(
        spec.place, "the deadline of a message goes on while no run has its queue: what waits longer fails in the next",
        "bound an attempt by 'timeout' instead, or make the deadline longer than any pause");
}

// What the author has asked of it, against what it can do.
void check_options(const EdgeSpec& spec, const std::string& kind, const QueueAbilities& can,
                   const Diagnostics& diagnostics) {
    if (spec.queue.lease_place.line != 0 && !can.leases) {
        diagnostics.error(
            spec.queue.lease_place,
            can.shared ? fmt::format("'lease' has no meaning here: {} has no length of leases to choose", kind)
                       : "'lease' has no meaning here: a queue of one process lends its messages as long as that "
                         "lives",
            "leave it out; 'timeout' bounds an attempt");
    }
    if (spec.queue.max_bytes != 0 && !can.bounded) {
        diagnostics.error(spec.queue.max_bytes_place,
                          fmt::format("'max_bytes' has no meaning here: {} cannot be asked for it", kind),
                          "bound the queue at its server; 'buffer' bounds what is on its way there");
    }
    if (!can.shared || spec.order == Order::none) return;
    const auto given = std::ranges::find(spec.given, "order", &GivenKey::name);
    const bool holds = spec.order == Order::by_key ? can.keys : false;
    if (given == spec.given.end() || holds) return;
    diagnostics.warning(
        given->place,
        fmt::format("'order: {}' holds within a process: of two that take from this queue each has its own",
                    spec.order == Order::by_key ? "by_key" : "fifo"),
        "let one process take from it");
}

}  // namespace

std::string without_password(std::string_view url) {
    const std::size_t begin = url.find("://");
    if (begin == url.npos) return std::string(url);
    const std::size_t end = std::min(url.find_first_of("/?", begin + 3), url.size());
    const std::size_t at = url.substr(0, end).rfind('@');
    const std::size_t colon = url.find(':', begin + 3);
    if (at == url.npos || at < begin || colon >= at) return std::string(url);
    return std::string(url.substr(0, colon)) + ":***" + std::string(url.substr(at));
}

namespace {

// Where the URL that `tree` gives leads to. Nothing: into memory, or it was told what is wrong with it.
std::optional<QueueAddress> resolve(const Tree& tree, const char* key, const EdgeSpec& spec, const std::string& flow,
                                    ExpressionCompiler& expressions, Catalog& catalog) {
    const auto made = expressions.value_template(tree, nullptr, key, expressions.constant_scope());
    if (!made) return {};
    const auto value = expressions.evaluate(*made);
    if (!value) return {};
    const auto text = (*value)->as_string();
    if (!text)
        return expressions.diagnostics().error(tree.place, fmt::format("'{}' must be a text", key)), std::nullopt;
    if (*text == "memory") return {};
    if (text->find(':') == text->npos) {
        expressions.diagnostics().error(tree.place, fmt::format("'{}' is no queue", without_password(*text)),
                                        "its URL begins with what keeps it, as in sqlite:state/name.db; or memory");
        return {};
    }
    const std::size_t hash = text->find('#');
    QueueAddress address;
    address.kind = text->substr(0, text->find(':'));
    address.url = text->substr(0, hash);
    address.name = hash != std::string_view::npos && hash + 1 < text->size()
                       ? std::string(text->substr(hash + 1))
                       : fmt::format("{}/{} ~> {}", flow, end_text(spec.from), end_text(spec.to));
    if (auto mistake = catalog.mistake_in_queue(address.kind, address.url)) {
        expressions.diagnostics().error(tree.place, std::move(mistake->message), std::move(mistake->remedy));
        return {};
    }
    address.shared = catalog.queue_abilities(address.kind).shared;
    return address;
}

}  // namespace

void resolve_queue(const EdgeSpec& spec, const std::string& flow, ExpressionCompiler& expressions, Catalog& catalog,
                   CheckedEdge& edge) {
    const Diagnostics& diagnostics = expressions.diagnostics();
    if (spec.queue.durable()) {
        edge.queue = resolve(*spec.queue.url, "queue", spec, flow, expressions, catalog);
        if (!edge.queue) return;
        check_options(spec, edge.queue->kind, catalog.queue_abilities(edge.queue->kind), diagnostics);
        warn_of_deadline(spec, diagnostics);
    } else if (spec.spill) {
        edge.spill = resolve(*spec.spill, "spill", spec, flow, expressions, catalog);
        if (!edge.spill || !edge.spill->shared) return;
        diagnostics.error(spec.spill->place,
                          "an edge spills into a file of its own, not onto a server that others share",
                          "name a file: overflow: { spill: \"sqlite:state/name.db\" }; or give the edge that queue");
        edge.spill.reset();
    }
}

void check_gathering(const Flow& flow, const std::vector<CheckedNode>& nodes, const std::vector<CheckedEdge>& edges,
                     const Diagnostics& diagnostics) {
    std::vector<bool> seen(nodes.size());
    std::vector<std::uint32_t> reached;
    const auto reach = [&](std::uint32_t node) {
        if (!seen[node]) reached.push_back(node);
        seen[node] = true;
    };
    for (std::size_t i = 0; i < edges.size(); ++i) {
        if (edges[i].queue) reach(flow.edges[i].to.node_index);
    }
    while (!reached.empty()) {
        const std::uint32_t at = reached.back();
        reached.pop_back();
        const value::Node* const flush = nodes[at].settings ? nodes[at].settings->member("flush") : nullptr;
        if (flush != nullptr && flush->as_string() && *flush->as_string() != "each") {
            diagnostics.warning(
                flow.nodes[at].uses_place,
                fmt::format("'{}' gathers its output: what it has not yet written is lost in a kill, though "
                            "its messages come from a durable queue",
                            flow.nodes[at].name),
                "set flush: each");
        }
        for (const EdgeSpec& edge : flow.edges) {
            if (edge.mode == Mode::sync && edge.from.node_index == at) reach(edge.to.node_index);
        }
    }
}

void check_queues(const Flow& flow, const std::vector<CheckedEdge>& edges, const Diagnostics& diagnostics) {
    for (std::size_t i = 0; i < edges.size(); ++i) {
        const QueueAddress* const own = edges[i].store();
        if (own == nullptr) continue;
        for (std::size_t k = 0; k < i; ++k) {
            const QueueAddress* const other = edges[k].store();
            if (other == nullptr || other->url != own->url || other->name != own->name) continue;
            const EdgeSpec& spec = flow.edges[i];
            diagnostics.error((edges[i].queue ? spec.queue.url : spec.spill)->place,
                              fmt::format("another edge has this queue already, '{}'", own->name),
                              "name each by a fragment: queue: \"sqlite:state/name.db#one\"");
        }
    }
    for (std::size_t i = 0; i < edges.size(); ++i) check_dead_letter(flow, edges, i, diagnostics);
}

}  // namespace flowrun::flow
