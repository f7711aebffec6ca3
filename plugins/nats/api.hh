#pragma once
// What is asked of JetStream itself: requests and answers in JSON, below $JS.API.

#include <cstdint>
#include <string>
#include <string_view>

#include "broker/json.hh"
#include "connection.hh"
#include "names.hh"

namespace flowrun::nats {

inline constexpr std::int64_t stream_not_found = 10059, consumer_not_found = 10014, message_not_found = 10037;

// An answer, which has an "error" where it says so. Throws broker::Lost where it is no JSON, or says that the server is not
// ready.
broker::Json answer_of(const Msg& msg);
// Of an answer with an error: its err_code, 0 for none; and its text.
std::int64_t error_of(const broker::Json& answer);
std::string text_of_error(const broker::Json& answer);

// Waits for the answer; an error is in it.
broker::Json ask(Connection& connection, const std::string& what, std::string_view body);
// The same, but an error is thrown as sdk::QueueError.
broker::Json call(Connection& connection, const std::string& what, std::string_view body);

// Makes the queue's streams if need be; one that is there stays as it is.
void make_streams(Connection& connection, std::string_view queue, const Names& names, std::int64_t replicas);
// And who takes from it. The lease of the last one counts for all. Answers whether it was another before.
bool make_consumer(Connection& connection, const Names& names, std::int64_t lease);

}  // namespace flowrun::nats
