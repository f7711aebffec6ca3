#pragma once
// How a store lies in its file.
//
// application_id 0x666c7177 ("flqw"), user_version: the version of this layout. `queue(number, name, flow, held, sum)` names the queues and
// says how many messages each holds, so that those are missed which a damaged file does not show. Each has two tables,
// message_N and dead_N, of the same columns: seq (its place, growing; the primary key), what the item holds, and `sum`,
// over id, key and body, which tells a flipped bit.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "database.hh"

namespace flowrun::sqlite {

inline constexpr std::int64_t layout_version = 1;

// The columns of both tables, in the order in which read_item() takes them.
inline constexpr const char item_columns[] =
    "seq, id, key, body, format, time, accepted, due, attempts, traceparent, place, total, error, sum";

// Makes the layout in a new file; throws Trouble for a file that is something else, or newer.
void make_layout(Database& database);
void check_layout(Database& database);

struct NamedQueue {
    std::int64_t number;
    std::string name;
};
std::vector<NamedQueue> queues_of(Database& database);
std::int64_t number_of(Database& database, std::string_view name);  // 0: there is none
std::int64_t add_queue(Database& database, std::string_view name, std::string_view flow);

std::int64_t held_of(Database& database, std::int64_t queue);
void add_to_held(Database& database, std::int64_t queue, std::int64_t more);

std::string message_table(std::int64_t queue);
std::string dead_table(std::int64_t queue);

}  // namespace flowrun::sqlite
