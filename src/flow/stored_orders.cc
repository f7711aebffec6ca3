#include "flow/stored_orders.hh"

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "expr/lexer.hh"

namespace flowrun::flow {
namespace {

constexpr std::string_view order_mark = "order: ", key_mark = ", key: ";
constexpr std::array<std::string_view, 3> names = {"fifo", "by_key", "none"};

struct Words {
    Order order;
    std::string_view key;  // an expression; empty: none
};

std::optional<Words> read_words(std::string_view text) {
    if (!text.starts_with(order_mark)) return std::nullopt;
    text.remove_prefix(order_mark.size());
    const std::size_t at = text.find(key_mark);
    const std::string_view name = text.substr(0, at);
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (names[i] != name) continue;
        const std::string_view key = at == text.npos ? std::string_view() : text.substr(at + key_mark.size());
        return Words{static_cast<Order>(i), key};
    }
    return std::nullopt;  // a later version may know others
}

// However they are laid out.
bool same_key(std::string_view a, std::string_view b) {
    expr::Lexer one(a), other(b);
    for (;;) {
        const expr::Token left = one.next(), right = other.next();
        if (left.is(expr::Word::bad) || right.is(expr::Word::bad)) return a == b;
        if (left.word != right.word || left.text != right.text) return false;
        if (left.is(expr::Word::end)) return true;
    }
}

// Why what was put in under `then` is not as this edge has it; empty: it is.
std::string difference(const Words& then, const Words& now, bool& broken) {
    const bool same = same_key(then.key, now.key);
    broken = now.order == Order::by_key && !same;
    if (broken) return "they carry another key, or none, and would not be in order with what comes now";
    if (now.order == Order::none && then.order != Order::none) return "they may be delivered in another order";
    return same ? "" : "they keep the key that they were given";
}

void judge(const EdgeSpec& spec, bool leaves, const QueueAddress& queue, const StoredOrder& stored,
           const Diagnostics& diagnostics) {
    const Place& place = (spec.spill ? spec.spill : spec.queue.url)->place;
    const std::string here = order_words(spec);
    const auto then = read_words(stored.words), now = read_words(here);
    bool broken = false;
    const std::string differs = then && now ? difference(*then, *now, broken) : "";
    if (differs.empty()) return;
    const bool one = stored.waiting == 1;
    std::string text =
        fmt::format("in the queue of {} ~> {} {} message{} that {} put in under '{}', and it is '{}' now: {}",
                    spec.from.node, spec.to.node, one ? "waits 1" : fmt::format("wait {}", stored.waiting),
                    one ? "" : "s", one ? "was" : "were", stored.words, here, differs);
    const std::string first = "let the flow as it was deliver them first";
    if (!broken) return diagnostics.warning(place, std::move(text), first + ", where that matters");
    std::string remedy = fmt::format(
        "{}, or say 'order: fifo' until they are gone, or take them out: "
        "flowrun queue move --yes '{}#{}' OTHER",
        first, queue.url, queue.name);
    leaves ? diagnostics.warning(place, std::move(text), std::move(remedy))
           : diagnostics.error(place, std::move(text), std::move(remedy));
}

}  // namespace

std::string order_words(const EdgeSpec& spec) {
    std::string words = std::string(order_mark) += names[static_cast<std::size_t>(spec.order)];
    if (!spec.key) return words;
    const std::string& key = spec.key->text;
    const std::size_t first = key.find_first_not_of(" \t\n"), last = key.find_last_not_of(" \t\n");
    return words.append(key_mark).append(first == key.npos ? "" : key.substr(first, last + 1 - first));
}

void check_stored_orders(const Flow& flow, const std::vector<CheckedNode>& nodes, const std::vector<CheckedEdge>& edges,
                         Catalog& catalog, const Diagnostics& diagnostics) {
    for (std::size_t i = 0; i < edges.size(); ++i) {
        const EdgeSpec& spec = flow.edges[i];
        const auto& queue = edges[i].queue ? edges[i].queue : edges[i].spill;
        if (!queue || (nodes[spec.from.node_index].elsewhere && nodes[spec.to.node_index].elsewhere)) continue;
        for (const StoredOrder& stored : catalog.orders_in_queue(queue->kind, queue->url, queue->name))
            judge(spec, edges[i].leaves, *queue, stored, diagnostics);
    }
}

}  // namespace flowrun::flow
