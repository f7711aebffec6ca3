#include "flow/edges.hh"

#include <algorithm>

#include <fmt/format.h>

#include "flow/arrow.hh"
#include "flow/fields.hh"
#include "flow/limits.hh"
#include "flow/policy.hh"
#include "flow/scalar.hh"

namespace flowrun::flow {

namespace {

constexpr std::size_t most_edges = 10'000;

// What a tree takes when each edge of a list of targets has a copy of it.
std::size_t weight_of(const Tree& tree) {
    std::size_t weight = 1 + tree.text.size() / 32;
    for (const Tree& item : tree.items) weight += weight_of(item);
    return weight;
}

std::size_t weight_of(const EdgeSpec& edge) {
    std::size_t weight = 1;
    for (const auto* tree : {&edge.when, &edge.map, &edge.key, &edge.retry.when}) {
        if (*tree) weight += weight_of(**tree);
    }
    return weight;
}

class EdgeReader {
public:
    EdgeReader(const Tree* defaults, const Diagnostics& diagnostics, std::vector<EdgeSpec>& edges)
        : defaults_(defaults), diagnostics_(diagnostics), edges_(edges) {}

    // False when it made no edge.
    bool read(const Tree& edge) {
        const std::size_t before = edges_.size();
        read_any(edge);
        return edges_.size() > before;
    }

private:
    void read_any(const Tree& edge) {
        if (edge.property_kind == '!') return;
        if (edge.kind == Tree::Kind::scalar) {
            arrows({edge.text, edge.offsets, edge.place}, nullptr);
        } else if (edge.kind == Tree::Kind::list) {
            diagnostics_.error(edge.place, "an edge is a text such as a -> b, or a map, not a list",
                               "several targets are written a -> [b, c]");
        } else if (edge.member("from") || edge.member("to")) {
            long_form(edge);
        } else {
            arrow_with_options(edge);
        }
    }

    void arrows(const ArrowText& text, const Tree* options) {
        for (Link& link : links_of(text, diagnostics_)) { add(std::move(link), link.last ? options : nullptr); }
    }

    void add(Link link, const Tree* options) {
        if (full_) return;
        EdgeSpec edge;
        edge.place = link.place;
        edge.from = std::move(link.from);
        edge.to = std::move(link.to);
        edge.mode = link.mode;
        Policy(options, defaults_).apply(edge, diagnostics_);
        weight_ += weight_of(edge);
        full_ = edges_.size() == most_edges || weight_ > max_nodes;
        if (full_) {
            diagnostics_.error(edge.place,
                               fmt::format("too many edges: a flow has at most {}, and {} values in their options",
                                           most_edges, max_nodes));
            return;
        }
        edges_.push_back(std::move(edge));
    }

    void arrow_with_options(const Tree& edge) {
        const auto arrow = std::find_if(edge.keys.begin(), edge.keys.end(), has_arrow);
        if (arrow == edge.keys.end()) {
            diagnostics_.error(edge.place, "an edge needs an arrow, or 'from' and 'to'", "write it as a -> b");
            return;
        }
        const auto index = static_cast<std::size_t>(arrow - edge.keys.begin());
        const Tree& options = edge.items[index];
        bool beside = false;
        for (std::size_t i = 0; i < edge.keys.size(); ++i) {
            if (i == index) continue;
            beside = true;
            if (has_arrow(edge.keys[i])) {
                diagnostics_.error(edge.key_places[i], "a second edge in one list element", "begin it with '- '");
            } else {
                diagnostics_.error(edge.key_places[i],
                                   fmt::format("'{}' stands beside the edge, not below it", edge.keys[i]),
                                   "indent the options of an edge deeper than its arrow");
            }
        }
        const std::size_t brace = edge.keys[index].find(" {");
        if (brace != std::string::npos && options.kind == Tree::Kind::scalar) {
            diagnostics_.error(diagnostics_.part(edge.key_offsets[index], edge.key_places[index], brace + 1, 1),
                               "the options of an edge stand behind a ':'",
                               fmt::format("write {}: {{ … }}", edge.keys[index].substr(0, brace)));
            return;
        }
        const bool empty = options.kind == Tree::Kind::scalar && options.text.empty();
        if (empty && !beside && options.property_kind != '!') {
            diagnostics_.error(edge.key_places[index], "the options of an edge must be a map, not nothing",
                               "take the ':' out, or indent the options below it");
        } else if (!(beside && empty)) Fields(options, "the options of an edge", policy_keys(), diagnostics_);
        arrows({edge.keys[index], edge.key_offsets[index], edge.key_places[index]}, &options);
    }

    void long_form(const Tree& edge) {
        std::vector<std::string_view> known = {"from", "to", "mode"};
        known.insert(known.end(), policy_keys().begin(), policy_keys().end());
        const Fields fields(edge, "an edge", known, diagnostics_);
        Link link;
        link.place = edge.place;
        static constexpr std::string_view modes[] = {"sync", "async"};
        if (const Tree* mode = fields.take("mode")) {
            if (const auto choice = choice_in(*mode, "mode", modes, diagnostics_))
                link.mode = static_cast<Mode>(*choice);
        }
        const bool from = end_of(fields, edge, "from", link.from);
        const Tree* to = fields.take("to");
        if (to && to->kind == Tree::Kind::list) {
            for (const Tree* target : texts_in(*to, "to", diagnostics_)) {
                Link one = link;
                if (endpoint_of(target->text, target->place, diagnostics_, one.to) && from) add(std::move(one), &edge);
            }
        } else if (end_of(fields, edge, "to", link.to) && from) {
            add(std::move(link), &edge);
        }
    }

    bool end_of(const Fields& fields, const Tree& edge, std::string_view key, Endpoint& out) {
        const Tree* end = fields.take(key);
        if (!end) {
            diagnostics_.error(edge.place, fmt::format("the edge has no '{}'", key), "write { from: a, to: b }");
            return false;
        }
        const auto text = text_in(*end, key, diagnostics_);
        return text && endpoint_of(*text, end->place, diagnostics_, out);
    }

    const Tree* defaults_;
    const Diagnostics& diagnostics_;
    std::vector<EdgeSpec>& edges_;
    std::size_t weight_ = 0;
    bool full_ = false;
};

}  // namespace

bool read_edges(const Tree& edges, const Tree* defaults, const Diagnostics& diagnostics, std::vector<EdgeSpec>& out) {
    if (edges.kind != Tree::Kind::list) {
        const bool empty = edges.kind == Tree::Kind::scalar && edges.text.empty();
        if (!empty) diagnostics.error(edges.place, "'edges' must be a list", "begin each edge with '- '");
        return empty;
    }
    EdgeReader reader(defaults, diagnostics, out);
    bool all = true;
    for (const Tree& edge : edges.items) all = reader.read(edge) && all;
    return all;
}

void check_edge_defaults(const Tree& defaults, const Diagnostics& diagnostics) {
    const Fields fields(defaults, "'defaults.edge'", policy_keys(), diagnostics, true);
    if (!fields.is_map()) return;
    EdgeSpec any;
    any.mode = Mode::async;
    Policy(nullptr, &defaults).apply(any, diagnostics);
}

}  // namespace flowrun::flow
