#pragma once
// The tables in which queues lie: the schema `flowrun` of a database.
//
//   flowrun.format     one row: the version of all this
//   flowrun.queues     a queue: its name and number
//   flowrun.messages   what waits, is out, or is dead; all texts that came with a message as bytes
//   flowrun.accounts   how many were pushed, acked, buried, …; a row a process, so that none waits for another's
//   flowrun.readable   messages for people: texts as texts, states by name (view)
//
// The state of a message: 0 it waits; 1 it is out, until free_at; 2 it waits, not before free_at; 3 it is dead; 4 it waits behind
// another with its key. Who has taken it is known by owner (a process's queue) and given (how often it was given out).

#include <cstdint>
#include <string_view>

#include "postgres_client/connection.hh"

namespace flowrun::postgres {

inline constexpr std::int32_t format_version = 1;

// Makes what is missing. Throws broker::Lost, and sdk::QueueError where a newer flowrun has made the tables, or one may not.
void make_schema(Connection& connection);
// False: there is none, nobody has made a queue yet. Throws as above.
bool has_schema(Connection& connection);
// The queue's number; it is made if need be.
std::int32_t make_queue(Connection& connection, std::string_view name);
// 0: there is none.
std::int32_t find_queue(Connection& connection, std::string_view name);

}  // namespace flowrun::postgres
