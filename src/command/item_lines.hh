#pragma once
// Items of a queue as lines of JSON: for people, and whole, as they go from one store to another.

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include <flowrun/ext/queue.h>

#include "value/node.hh"

namespace flowrun::command {

// With its line feed: {"number", "id", "accepted", "attempts", "msg", …}.
std::string line_of(const flowrun_queue_item& item);

// With its line feed, everything that import_item needs: {"id", "key", "traceparent", "attempts", "time_ns", "accepted_ns",
// "due_ns", "index", "total", "dead", "error", "msg"}; what is not JSON alone has its bytes as base64 in "bytes" or "mixed"
// instead of "msg". The error: it is damaged.
std::expected<std::string, std::string> exported(const flowrun_queue_item& item, bool dead);

// What a line said. A message of its own, with "msg" alone, has a new id and is accepted now. Of one that was dead the attempts
// are forgotten, as in a replay.
class Imported {
public:
    // `now`: of the wall. The error says what is wrong with the line.
    static std::expected<Imported, std::string> of(std::string_view line, std::int64_t now);
    static std::expected<Imported, std::string> of(const value::Node& line, std::int64_t now);
    flowrun_queue_item item() const;  // borrows it

private:
    std::string id_, key_, traceparent_, error_, body_;
    flowrun_queue_item rest_{};
};

}  // namespace flowrun::command
