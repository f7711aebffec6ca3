#include "random_flow.hh"

#include <algorithm>

#include <fmt/core.h>

namespace flowrun::engine::test {

RandomFlow::RandomFlow(std::uint64_t s) : seed(s), random_(s * 0x9E3779B97F4A7C15U + 1) {
    timed_ = chance(55);
    bytes_ = chance(40);
    draw_nodes();
    draw_edges();
    find_parts();
    messages = draw_int(3, 25);
    ttl = draw_int(3, 6);
    ballast = chance(40) ? draw_int(50, 900) : 0;
    pause = chance(50) ? draw_int(1, 20) * millisecond : 0;
    draw_cut();
}

void RandomFlow::draw_nodes() {
    sources = draw_int(1, 3);
    nodes = sources + draw_int(1, 4);
    for (int i = 0; i < nodes; ++i) {
        static constexpr const char* all[] = {"node", "open", "polite", "foreign"};
        kinds.emplace_back(is_source(i) ? "source" : all[draw(4)]);
        ends.push_back(!is_source(i) && chance(50));
        if (!is_source(i)) continue;
        const std::uint64_t way = draw(10);
        sends.push_back(way < 6 ? Sends::waiting : way < 8 ? Sends::without_waiting : Sends::from_timers);
    }
}

// Every cycle has an edge that leads back, and those do not block.
void RandomFlow::draw_edges() {
    draw_edge(0, sources, false);
    for (int i = 1; i < sources; ++i) draw_edge(i, chance(50) ? sources : draw_int(sources, nodes - 1), false);
    for (int to = sources + 1; to < nodes; ++to) draw_edge(draw_int(0, to - 1), to, false);
    for (int extra = draw_int(0, 2); extra > 0; --extra) {
        const int to = draw_int(sources, nodes - 1);
        draw_edge(draw_int(0, to - 1), to, false);
    }
    for (int back = chance(60) ? draw_int(1, 2) : 0; back > 0; --back) {
        const int from = draw_int(sources, nodes - 1);
        draw_edge(from, draw_int(sources, from), false);
    }
    for (int i = 0; i < nodes; ++i) {
        if (chance(35)) draw_edge(i, draw_int(sources, nodes - 1), true);
    }
}

void RandomFlow::draw_edge(int from, int to, bool error) {
    RandomEdge edge;
    edge.from = from;
    edge.to = to;
    edge.error = error;
    const bool back = to <= from;
    edge.async = back || chance(error ? 40 : 60);
    draw_policy(edge);
    if (edge.async) draw_queue(edge, back);
    edges.push_back(edge);
}

namespace {
void say(RandomEdge& edge, const std::string& option) { edge.options += ", " + option; }
}  // namespace

void RandomFlow::draw_policy(RandomEdge& edge) {
    if (chance(30)) {
        edge.attempts = draw_int(1, 3);
        static constexpr const char* jitters[] = {"none", "full", "equal"};
        say(edge, fmt::format("retry: {{ attempts: {}, backoff: {}ms, jitter: {} }}", edge.attempts, draw_int(1, 200),
                              jitters[draw(3)]));
    }
    if (timed_ && chance(40)) {
        const int ms = draw_int(5, 100);
        edge.timeout = ms * millisecond;
        say(edge, fmt::format("timeout: {}ms", ms));
    }
    if (timed_ && chance(20)) {
        const int ms = draw_int(20, 400);
        edge.deadline = ms * millisecond;
        say(edge, fmt::format("deadline: {}ms", ms));
    }
}

void RandomFlow::draw_queue(RandomEdge& edge, bool back) {
    if (bytes_ && chance(60)) {
        say(edge, fmt::format("buffer: {{ messages: {}, bytes: {} }}", draw_int(1, 8), draw_int(100, 1500)));
    } else {
        say(edge, fmt::format("buffer: {}", draw_int(0, 5)));
    }
    if (back || chance(25)) {
        edge.blocks = false;
        static constexpr const char* ways[] = {"error", "drop_newest", "drop_oldest"};
        say(edge, fmt::format("overflow: {}", ways[draw(3)]));
    }
    switch (draw(4)) {
        case 0: say(edge, "order: by_key, key: \"string(msg.n % 3)\""); break;
        case 1: say(edge, "order: none"); break;
        default: edge.in_order = true; break;
    }
    if (!edge.in_order && chance(70)) {
        edge.workers = draw_int(1, 4);
        say(edge, fmt::format("workers: {}", edge.workers));
    }
    if (chance(10)) say(edge, fmt::format("rate: {}/s", draw_int(50, 1000)));
}

void RandomFlow::draw_cut() {
    if (chance(50)) return;
    static constexpr Cut all[] = {Cut::interrupt, Cut::interrupt_twice, Cut::stop, Cut::cancel, Cut::messages};
    cut = all[draw(5)];
    cut_at = draw_int(0, 400) * millisecond;
    if (cut == Cut::messages) max_messages = 1 + draw(static_cast<std::uint64_t>(messages * sources));
}

void RandomFlow::find_parts() {
    const auto n = static_cast<std::size_t>(nodes);
    reaches.assign(n, std::vector<bool>(n));
    for (const RandomEdge& edge : edges)
        reaches[static_cast<std::size_t>(edge.from)][static_cast<std::size_t>(edge.to)] = true;
    for (std::size_t by = 0; by < n; ++by)
        for (std::size_t a = 0; a < n; ++a)
            for (std::size_t b = 0; b < n; ++b) reaches[a][b] = reaches[a][b] || (reaches[a][by] && reaches[by][b]);
    for (std::size_t a = 0; a < n; ++a) {
        part.push_back(static_cast<int>(a));
        for (std::size_t b = 0; b < a; ++b) {
            if (reaches[a][b] && reaches[b][a]) part[a] = std::min(part[a], part[b]);
        }
    }
}

std::string RandomFlow::yaml() const {
    std::string text = "nodes:\n";
    for (int i = 0; i < nodes; ++i) {
        text += fmt::format("  n{}: {{ uses: {}{} }}\n", i, kinds[static_cast<std::size_t>(i)],
                            seed % 3 == 0 ? ", fanout: parallel" : "");
    }
    text += "edges:\n";
    for (std::size_t i = 0; i < edges.size(); ++i) {
        const RandomEdge& edge = edges[i];
        const char* of = edge.error ? "msg.msg" : "msg";
        text += fmt::format(
            "  - n{0}.{1} {2} n{3}: {{ map: {{ n: \"${{{4}.n}}\", ttl: \"${{{4}.ttl - 1}}\", at: \"${{{4}.at}}\", "
            "ends: "
            "\"${{{4}.ends}}\", pad: \"${{{4}.pad}}\", edge: {5}{6} }}{7} }}\n",
            edge.from,
            !edge.error  ? "out"
            : i % 3 == 0 ? "error"
                         : "failed",
            edge.async ? "~>" : "->", edge.to, of, i, edge.error ? ", code: \"${msg.error.code}\"" : "", edge.options);
    }
    return text;
}

Duration RandomFlow::least_timeout() const {
    Duration least = never;
    for (const RandomEdge& edge : edges) {
        if (edge.timeout != 0) least = std::min(least, edge.timeout);
        if (edge.deadline != 0) least = std::min(least, edge.deadline);
    }
    return least;
}

bool RandomFlow::sends_on(int node) const {
    return std::any_of(edges.begin(), edges.end(), [&](const RandomEdge& e) { return e.from == node && !e.error; });
}

bool RandomFlow::is_actor(int node) const {
    const std::string& kind = kinds[static_cast<std::size_t>(node)];
    return kind == "node" || kind == "polite";
}

bool RandomFlow::is_foreign(int node) const {
    const std::string& kind = kinds[static_cast<std::size_t>(node)];
    return kind == "node" || kind == "foreign";
}

}  // namespace flowrun::engine::test
