#pragma once
// A message as Kafka has it: its body is the value, its key the key, its id and the rest are headers (broker/message.hh). What
// somebody else has put there is a message too: bytes, with the record's time, and its place as its id.

#include <string>

#include "api.hh"
#include "broker/message.hh"

namespace flowrun::kafka {

// Throws std::bad_alloc.
Headers headers_of(const broker::Message& message);
// How many bytes it is for a server, less some dozens.
std::size_t size_of(const broker::Message& message);

// Without its number.
broker::Message message_of(const rd_kafka_message_t& record);

}  // namespace flowrun::kafka
