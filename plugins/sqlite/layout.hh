#pragma once
// How a store lies in its file.
//
// application_id 0x666c7177 ("flqw"), user_version: the version of this layout. `queue` names the queues and says what each
// holds, so that nothing need be counted, and that those are missed which a damaged file does not show: number, name, flow,
// and a sum over these; what it holds and what has passed through it (Counts), and a sum over those. `delivery` says under which
// order messages were put in: the queue's number, the place after which that begins, the words, and a sum (delivery.hh). Each
// queue has two tables of the same
// columns, message_N and dead_N: seq (its place, growing; the primary key), due (of a dead one: when it died), and item
// (record.hh). message_N has an index of those that are due later.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "database.hh"

namespace flowrun::sqlite {

inline constexpr std::int64_t layout_version = 4;

inline constexpr const char item_columns[] = "seq, due, item";

// A place beyond it is none that was given, and nothing follows it.
inline constexpr std::int64_t last_place = std::int64_t{1} << 62;

// Makes the layout in a new file, and says whether it was one; throws Trouble for a file that is something else, older, or
// newer.
bool make_layout(Database& database);
void check_layout(Database& database);

struct Counts {
    std::int64_t held = 0, bytes = 0, dead = 0, dead_bytes = 0;
    // Since the queue was made: what has come in (pushed; put by hand), and what has gone (acknowledged; buried among the dead;
    // taken by hand; lost to damage). The first two less the others is what is held. Of the dead: taken by hand.
    std::int64_t pushed = 0, put = 0, acked = 0, buried = 0, taken = 0, lost = 0, dead_taken = 0;
    bool operator==(const Counts&) const = default;
};

struct NamedQueue {
    std::int64_t number = 0;
    std::string name, flow;
    Counts counts;
    bool counts_fit = true;  // else the file is damaged, and they may be anything
};
std::vector<NamedQueue> queues_of(Database& database);
NamedQueue queue_of(Database& database, std::string_view name);  // its number is 0: there is none
NamedQueue existing(Database& database, std::string_view name);  // throws Trouble, which names those that there are
NamedQueue add_queue(Database& database, std::string_view name, std::string_view flow);

// Keeps what a queue holds.
class CountsKeeper {
public:
    CountsKeeper(Database& database, std::int64_t queue);
    void keep(const Counts& counts);

private:
    Statement update_;
    const std::int64_t queue_;
};

// By looking at each message, where what was kept is damaged.
Counts count_all(Database& database, std::int64_t queue);

std::string selection(const std::string& table, const std::string& which);
std::string message_table(std::int64_t queue);
std::string dead_table(std::int64_t queue);

}  // namespace flowrun::sqlite
