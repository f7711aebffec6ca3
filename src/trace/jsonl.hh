#pragma once
// One JSON object a line, always with the same keys in the same order:
//
//   {"trace_id":"32 hex","span_id":"16 hex","parent_id":"16 hex" or null,"node":"invoice","port":"in",
//    "edge":"details ~> invoice","mode":"async","attempt":1,"start":"2026-01-31T12:00:00.123456789Z","queued_ns":0,
//    "handled_ns":1200,"outcome":"ok","error":{"code":"timeout","message":"…"} or null,"msg_id":"17"}
//
// port, edge and mode are null on a root. Bytes of an error that are not UTF-8 become U+FFFD, so each line is JSON.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "trace/format.hh"

namespace flowrun::trace {

class Jsonl : public Format {
public:
    explicit Jsonl(const Names& names);  // copies what it needs
    void line(const Span& span, Block& out) override;

private:
    char* put_start(char* to, std::int64_t start);

    std::vector<std::vector<std::string>> places_;  // by node: for a root, then by port
    std::vector<std::string> edges_;                // by edge, sync and async
    std::size_t longest_;                           // bytes of a line, notes left out
    std::int64_t second_ = -1;
    char second_text_[20];  // "2026-01-31T12:00:00."
};

// Appends `text` as the inside of a JSON string.
void put_escaped(Block& out, std::string_view text);

}  // namespace flowrun::trace
