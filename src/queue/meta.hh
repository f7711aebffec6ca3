#pragma once
// What goes with a message beside its body.

#include <cstdint>
#include <memory>
#include <string>

#include "queue/receipt.hh"
#include "trace/span.hh"

namespace flowrun::queue {

// The parts of a meta that few messages have. Immutable once shared with a call; owned by one Meta.
struct MetaText {
    std::string id;        // empty: the number is the id
    std::string key;       // empty: none
    Receipt::Ref receipt;  // of who waits until all that comes of the message is dealt with; empty: nobody does
};

struct Meta {
    std::uint64_t number = 0;  // counts messages of this run from 1; the id unless `text` has one
    trace::TraceId trace;      // of a message, whether its trace is written or not; zero: of none
    trace::SpanId parent = 0;  // the span in which it was emitted; 0: none
    std::int64_t time = 0;     // wall clock of the first emit, nanoseconds since 1970; 0: nobody has asked
    std::int64_t index = 0;    // among its siblings
    std::int64_t total = 0;    // 0: has no siblings; -1: their number is not known
    bool sampled = true;       // the flag of the trace context that it came with
    std::unique_ptr<MetaText> text;

    Meta() = default;
    Meta(Meta&&) noexcept = default;
    Meta& operator=(Meta&&) noexcept = default;
    Meta(const Meta& other) { *this = other; }
    Meta& operator=(const Meta& other) {
        number = other.number;
        trace = other.trace;
        parent = other.parent;
        time = other.time;
        index = other.index;
        total = other.total;
        sampled = other.sampled;
        text = other.text ? std::make_unique<MetaText>(*other.text) : nullptr;
        return *this;
    }
    ~Meta() = default;

    std::string id() const { return text && !text->id.empty() ? text->id : std::to_string(number); }
    std::string key() const { return text ? text->key : std::string(); }
};

}  // namespace flowrun::queue
