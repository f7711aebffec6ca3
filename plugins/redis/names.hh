#pragma once
// Where a queue lies in Redis. All its keys have one hash tag, so that a cluster keeps them together.
//
//   flowrun:queues               the names of all queues (set)
//   flowrun:{NAME}:messages      what waits and what is out (stream; consumer group `flowrun`)
//   flowrun:{NAME}:later         of these, what was given back: by the time when it is due, in ms (sorted set)
//   flowrun:{NAME}:tried         of these, attempts and last error of what was tried (hash)
//   flowrun:{NAME}:dead          what was rejected (stream)
//   flowrun:{NAME}:wake          one entry, new whenever something is given back (stream)
//   flowrun:{NAME}:account       how many were acked, buried, … (hash)

#include <string>
#include <string_view>

namespace flowrun::redis {

inline constexpr std::string_view all_queues = "flowrun:queues", group = "flowrun";

struct Names {
    explicit Names(std::string_view name) : base("flowrun:{" + std::string(name) + "}:") {}
    std::string base;
    std::string messages{base + "messages"}, later{base + "later"}, tried{base + "tried"}, dead{base + "dead"},
        wake{base + "wake"}, account{base + "account"};
};

}  // namespace flowrun::redis
