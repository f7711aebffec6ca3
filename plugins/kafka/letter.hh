#pragma once
// A message as Kafka has it: its body is the value, its key the key, its id and the rest are headers (broker/message.hh). What
// somebody else has put there is a message too: JSON, with the record's time, and its place as its id.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "api.hh"
#include "broker/message.hh"
#include "producer.hh"

namespace flowrun::kafka {

// Throws std::bad_alloc.
Producer::Letter letter_of(const std::string& topic, std::int32_t partition, const broker::Message& message);
void add_header(const Headers& to, std::string_view name, std::string_view value);
// How many bytes it is for a server, less some dozens.
std::size_t size_of(const broker::Message& message);

// Without its number.
broker::Message message_of(const rd_kafka_message_t& record);

}  // namespace flowrun::kafka
