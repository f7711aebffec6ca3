#pragma once
// One aligned line a hop, to be read by a person:
//
//   14:03:07.121  7c2e91aa  orders -> details   sync               12.3µs  ok
//   14:03:12.140  7c2e91aa  details ~> invoice  async  3.40ms       5.01s  failed    try 3  timeout: no answer in 5s
//
// Local time at which the hop ended (so that the lines are in order of time), the first 8 digits of the trace id, the
// edge (for a root: the node), mode, time in the queue, time handled, outcome, the attempt when it is not the first, the
// error. What could disturb a terminal (control characters, bytes that are not UTF-8) is escaped, and an error longer
// than 2000 bytes is cut, with the number of bytes left out.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "trace/format.hh"

namespace flowrun::trace {

class Text : public Format {
public:
    Text(const Names& names, bool color);  // copies what it needs
    void line(const Span& span, Block& out) override;

private:
    void put_time(Block& out, std::int64_t at);
    void put_outcome(Block& out, const Span& span);

    std::vector<std::string> nodes_, edges_;  // padded to one width
    const bool color_;
    std::int64_t second_ = -1;
    char second_text_[9];  // "14:03:07."
};

// Three digits and a unit, at most 7 characters: 850ns 12.3µs 5.01ms 42.0s 12m05s 3h07m 12d04h.
void put_duration(Block& out, std::int64_t nanoseconds);

}  // namespace flowrun::trace
