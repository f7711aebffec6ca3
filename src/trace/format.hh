#pragma once
// Turns a span into text. One file a format: text.hh, jsonl.hh.

#include "trace/block.hh"
#include "trace/span.hh"

namespace flowrun::trace {

class Format {
public:
    virtual ~Format() = default;
    // Appends one whole line with its line feed. One thread at a time.
    virtual void line(const Span& span, Block& out) = 0;
};

}  // namespace flowrun::trace
