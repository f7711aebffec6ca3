#pragma once
// A small flow drawn by a seed, wider than storm's: cycles, error routes that lead back, byte bounds, several sources,
// calls that are given up, calls that no message began, and every way to cut a run short. What its nodes do is in
// random_run.cc.
//
// A message is {n, ttl, at, ends, pad, edge}: its number; how many more nodes it may pass (so that cycles end); when its
// source sent it; the parts, as bits, whose `end` sent it or an ancestor; ballast; the edge on which it came.

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "base/world.hh"

namespace flowrun::engine::test {

struct RandomEdge {
    int from = 0, to = 0;
    bool error = false, async = false, blocks = true, in_order = false;
    int workers = 1, attempts = 1;
    Duration timeout = 0, deadline = 0;
    std::string options;
};

enum class Sends : std::uint8_t { waiting, without_waiting, from_timers };
enum class Cut : std::uint8_t { never, interrupt, interrupt_twice, stop, cancel, messages };

struct RandomFlow {
    explicit RandomFlow(std::uint64_t seed);
    std::string yaml() const;

    // Of all timeouts and deadlines; `never`: there are none.
    Duration least_timeout() const;
    bool is_source(int node) const { return node < sources; }
    bool cancels() const { return cut == Cut::cancel || cut == Cut::interrupt_twice; }
    bool sends_on(int node) const;  // has an edge from its port
    // Entered by one thread at a time, `end` too.
    bool is_actor(int node) const;
    // Holds its thread where no timeout reaches it, if it likes.
    bool is_foreign(int node) const;

    std::uint64_t seed;
    int sources = 1, nodes = 2;
    std::vector<std::string> kinds;
    std::vector<Sends> sends;  // of sources
    std::vector<bool> ends;    // nodes whose `end` sends a message
    std::vector<RandomEdge> edges;
    std::vector<std::vector<bool>> reaches;  // over one edge or more
    std::vector<int> part;                   // nodes that reach one another have one number
    int messages = 1, ttl = 1, ballast = 0;
    Duration pause = 0;
    Cut cut = Cut::never;
    Duration cut_at = 0;
    std::uint64_t max_messages = 0;

private:
    std::uint64_t draw(std::uint64_t below) { return random_() % below; }
    int draw_int(int from, int to) { return from + static_cast<int>(draw(static_cast<std::uint64_t>(to - from + 1))); }
    bool chance(int percent) { return draw(100) < static_cast<std::uint64_t>(percent); }
    void draw_nodes();
    void draw_edges();
    void draw_edge(int from, int to, bool error);
    void draw_policy(RandomEdge& edge);
    void draw_queue(RandomEdge& edge, bool back);
    void draw_cut();
    void find_parts();

    std::mt19937_64 random_;
    bool timed_ = false, bytes_ = false;  // whether any edge may have a timeout, a bound of bytes
};

}  // namespace flowrun::engine::test
