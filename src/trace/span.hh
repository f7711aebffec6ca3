#pragma once
// One hop, as one fixed-size binary record. The engine fills it; a format (text.hh, jsonl.hh) prints it, with the names
// that belong to the numbers (Names).

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hh"

namespace flowrun::trace {

struct TraceId {
    std::uint64_t high = 0, low = 0;
    bool operator==(const TraceId&) const = default;
};
using SpanId = std::uint64_t;

enum class Outcome : std::uint8_t {
    ok,
    failed,    // an error that nobody below claimed
    claimed,   // failed here, and an error route took it
    filtered,  // `when` was false
    dropped,   // overflow
    late,      // the result of a call that had already been given up
};

std::string_view name_of(Outcome outcome);  // as users see it: "ok", "failed"

inline constexpr std::uint32_t no_edge = 0xFFFFFFFF;  // a root: a source's own emit, a timer

// What few hops have; owned by the span that carries it.
struct Note {
    std::string message_id;  // empty: `message` is the id
    Code code = Code::ok;
    std::string error;
};

struct Span {
    TraceId trace;
    SpanId id = 0;
    SpanId parent = 0;           // 0: none
    std::int64_t start = 0;      // wall clock, nanoseconds since 1970, when handling began
    std::int64_t queued = 0;     // nanoseconds in the queue; 0 on a sync edge
    std::int64_t handled = 0;    // nanoseconds from start to the result
    std::uint64_t message = 0;   // the message's number in this run; its id unless the note says otherwise
    std::unique_ptr<Note> note;  // null: nothing more to say
    std::uint32_t edge = no_edge;
    std::uint32_t node = 0;  // where it was handled
    std::uint16_t port = 0;  // input port of that node
    std::uint16_t attempt = 1;
    bool async = false;
    Outcome outcome = Outcome::ok;
};

Span copy_of(const Span& span);

// The names that the numbers in a Span stand for.
struct Names {
    std::string flow;
    std::vector<std::string> nodes;                     // by node
    std::vector<std::vector<std::string>> input_ports;  // by node, by port
    std::vector<std::string> edges;  // by edge: `a.out -> b.in` or `a.out ~> b.in`, default ports left out
};

// Where spans go. Any thread; must not wait for long, may apply backpressure. Spans of one thread arrive in order.
class Observer {
public:
    virtual ~Observer() = default;
    virtual void span(Span&& span) = 0;
    // All spans given so far are out when this returns.
    virtual void flush() {}
};

}  // namespace flowrun::trace
