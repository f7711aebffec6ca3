#pragma once
// A message as an entry of a stream: its body in the field `body`, the rest in fields with the names of broker/message.hh.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "broker/message.hh"
#include "connection.hh"

namespace flowrun::redis {

// The words of its XADD.
std::vector<std::string> add_command(std::string_view stream, const broker::Message& message);
// `fields`: a list of names and values, in turn. What it does not know it leaves out.
broker::Message message_of(std::string_view id, const redisReply& fields);

// An id is "milliseconds-sequence"; a number has it in 64 bits: 44 for the time, which last until 2527, and 20 for the rest.
std::uint64_t number_of(std::string_view id);
std::string id_of(std::uint64_t number);

}  // namespace flowrun::redis
