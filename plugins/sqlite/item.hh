#pragma once
// An item of a queue, as it is kept, and as the runner sees it.

#include <cstdint>
#include <string>
#include <string_view>

#include <flowrun/ext/queue.h>

#include "database.hh"
#include "record.hh"

namespace flowrun::sqlite {

// What is told of one that is damaged, as of any other that failed.
inline constexpr std::string_view damaged_error =
    R"({"code":"invalid","message":"damaged in the store: its sum does not fit"})";

struct Item {
    std::int64_t seq = 0, due = 0;
    std::uint64_t bytes = 0;  // of its body
    std::string record;
    Sum sum;  // of the record alone, of one that is about to be written

    static Item of(const flowrun_queue_item& from);
    // From a row of item_columns. Throws Trouble where its sum does not fit.
    static Item of(const Statement& row);
    // For who looks only: of one that is damaged what can still be seen, in a format that nobody can read, and why as its
    // error.
    static Item even_damaged(const Statement& row);
    // Into three parameters of a statement, in the order of item_columns. It stands until the statement has run.
    void bind(Statement& into, int first);
    flowrun_queue_item seen() const;  // borrows it
    // The same with another place, due time, and what is said of its attempts.
    Item with(std::int64_t new_seq, std::int64_t new_due, std::uint32_t attempts, std::string_view error) const;
};

}  // namespace flowrun::sqlite
