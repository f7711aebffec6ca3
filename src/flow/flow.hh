#pragma once
// What the author wrote, as plain data with positions. Made by read (read.hh), judged by check (check.hh); the engine
// runs only a Flow that check accepted. Durations are nanoseconds, sizes bytes.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "flow/place.hh"
#include "flow/tree.hh"

namespace flowrun::flow {

using Duration = std::int64_t;

enum class ParamType : std::uint8_t { string, int_, double_, bool_, duration, size, secret, list, map };

struct Param {
    std::string name;
    Place place;
    ParamType type = ParamType::string;
    std::string doc;
    bool required = false;
    bool broken = false;             // it could not be read, which has been told
    Tree fallback;                   // `default`; kind none: has none
    std::optional<double> min, max;  // of a number, or of a string's length
    std::vector<std::string> choices;
    std::vector<std::string> from;  // of a secret: "env:NAME", "file:PATH", in order
};

// A key that the author wrote, on the node or edge itself or under `defaults`.
struct GivenKey {
    std::string name;  // "workers", "fanout"
    Place place;
    bool own = true;  // not from `defaults`
};

struct NodeSpec {
    std::string name;
    Place place;
    std::string uses;  // component id
    Place uses_place;
    Tree with;  // settings as written; kind none: not given
    bool parallel_fanout = false;
    std::uint32_t instances = 1;
    std::vector<GivenKey> given;   // `fanout` and `instances`, where written
    bool settings_astray = false;  // they seem to stand where nothing looks for them, which has been told
};

enum class Mode : std::uint8_t { sync, async };
enum class Overflow : std::uint8_t { block, drop_newest, drop_oldest, error, spill };
enum class Order : std::uint8_t { fifo, by_key, none };
enum class Jitter : std::uint8_t { none, full, equal };

struct Backoff {
    std::uint32_t attempts = 1;  // 1: no retry
    Duration first = 100'000'000;
    double factor = 2;
    Duration max = 30'000'000'000;
    Jitter jitter = Jitter::full;
    std::optional<Tree> when;  // an expression over `error`
};

struct Buffer {
    std::uint64_t messages = 1024;
    std::uint64_t bytes = 64ull << 20;
};

// What an async edge keeps its messages in.
struct QueueSpec {
    std::optional<Tree> url;      // "scheme:…", with expressions over parameters; nothing: memory
    std::uint64_t max_bytes = 0;  // of messages that wait; 0: no bound
    Duration lease = 0;           // how long who takes a message has it without a word; 0: not said
    std::string dead_letter;      // the queue at the same place for what fails for good; empty: it stays in its own
    Place dead_letter_place, lease_place, max_bytes_place;

    bool durable() const { return url.has_value(); }
};

struct Endpoint {
    std::string node;
    std::string port;  // `out` or `in` where the author named none
    bool port_given = false;
    Place place;
    std::uint32_t node_index = 0;  // filled by check
    std::uint32_t port_index = 0;  // filled by check
};
// The numbers of the ports for failures, which every node has: `error` takes what failed in the node itself, `failed` that
// and what failed behind it over sync edges. A component may have an output of its own that is called `failed`.
inline constexpr std::uint32_t error_port = 0xFFFFFFFF, failed_port = 0xFFFFFFFE;
inline bool takes_failures(const Endpoint& end) { return end.port_index >= failed_port; }

struct EdgeSpec {
    Place place;                  // of the arrow, or of the long form
    std::vector<GivenKey> given;  // the keys that have an effect on this edge
    Endpoint from, to;
    Mode mode = Mode::sync;
    std::optional<Tree> when, map, key;  // the scalar or map as written; an absent optional: not given
    Buffer buffer;
    Overflow overflow = Overflow::block;
    std::optional<Tree> spill;  // where to, as QueueSpec::url
    std::uint32_t workers_min = 1, workers_max = 1;
    Order order = Order::fifo;
    std::uint32_t batch_max = 1;  // 1: no batch
    Duration batch_linger = 0;
    double rate = 0;        // deliveries a second; 0: unbounded
    Duration timeout = 0;   // 0: none
    Duration deadline = 0;  // 0: none
    Backoff retry;
    QueueSpec queue;
};

struct Lock {
    bool wanted = false;
    std::string path;  // empty: derived from the flow's own path
    Place place;
};

struct Flow {
    std::string file;  // as given; "-" for standard input
    std::string name;  // `name`, or the file's stem
    std::vector<std::string> env;
    std::vector<Place> env_places;
    std::vector<std::string> plugins;  // folders, relative ones resolved against the flow's folder
    std::vector<Place> plugin_places;
    Lock lock;
    std::vector<Param> params;
    std::vector<NodeSpec> nodes;  // in written order
    std::vector<EdgeSpec> edges;  // in written order, one for each arrow and target
};

}  // namespace flowrun::flow
