#pragma once
// A message on its way to a server or from one, and as the runner sees it.

#include <flowrun/ext/queue.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace flowrun::broker {

struct Message {
    std::string body, id, key, traceparent, origin, error;
    std::uint32_t format = 0, attempts = 0;
    std::int64_t time = 0, accepted = 0, due = 0, index = 0, total = 0;
    std::uint64_t number = 0;  // its place in its queue; 0: not there yet

    static Message of(const flowrun_queue_item& from);
    flowrun_queue_item seen() const;  // borrows it
};

// What goes beside the body, as names and values that a server keeps with a message: flowrun-key, -time, … and traceparent.
// Only what is set. Numbers are decimal.
void each_header(const Message& message,
                 const std::function<void(std::string_view name, std::string_view value)>& give);
// The other way: false where there is no such name, or its value cannot be read; the message is as it was.
bool set_header(Message& message, std::string_view name, std::string_view value);

// The place of a message among others where its server gives it none: by when it came into its queue; the same each time.
std::uint64_t number_of(const Message& message);

}  // namespace flowrun::broker
