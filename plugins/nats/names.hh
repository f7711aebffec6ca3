#pragma once
// Where a queue lies in JetStream. TOKEN is its name with '=' and two hexadecimal digits for each byte that is no letter, digit,
// '_' or '-'.
//
//   stream           subject                   what
//   flowrun_TOKEN        flowrun.queue.TOKEN     what waits and what is out: a work queue; the durable pull consumer `flowrun`
//   flowrun-dead_TOKEN   flowrun.dead.TOKEN      what was rejected
//   flowrun-notes_TOKEN  flowrun.note.TOKEN.>    what JetStream does not know of a message of the work queue (note.hh)

#include <optional>
#include <string>
#include <string_view>

namespace flowrun::nats {

inline constexpr std::string_view consumer = "flowrun", stream_prefix = "flowrun_";

struct Names {
    explicit Names(std::string_view queue);  // throws sdk::QueueError: INVALID where it is too long
    std::string token, stream, dead, notes;
    std::string subject, dead_subject, note_subject;  // the last one ends with '.'
};

// Of a work queue's stream; none: it is no stream of ours.
std::optional<std::string> queue_of(std::string_view stream);

}  // namespace flowrun::nats
