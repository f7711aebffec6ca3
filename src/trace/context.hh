#pragma once
// W3C Trace Context, the `traceparent` header: where a trace comes from and where it goes on.
// `tracestate` is not read and not sent.

#include <optional>
#include <string>
#include <string_view>

#include "trace/span.hh"

namespace flowrun::trace {

struct Context {
    TraceId trace;
    SpanId span = 0;  // the parent of what begins here
    bool sampled = true;
    bool operator==(const Context&) const = default;
};

// Nothing when the W3C rules refuse it: wrong length, upper case, version ff, an id of zeros, something behind a
// version 00. Of later versions what version 00 defines is read.
std::optional<Context> parse_traceparent(std::string_view text);
// "00-<32 hex>-<16 hex>-01"
std::string format_traceparent(const Context& context);

}  // namespace flowrun::trace
