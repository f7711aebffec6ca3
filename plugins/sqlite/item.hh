#pragma once
// An item of a queue, as it is kept, and as the runner sees it.

#include <cstdint>
#include <string>
#include <string_view>

#include <flowrun/ext/queue.h>

#include "database.hh"

namespace flowrun::sqlite {

struct Item {
    std::int64_t seq = 0;
    std::string id, key, body, traceparent, error;
    std::uint32_t format = FLOWRUN_BODY_JSON;
    std::uint32_t attempts = 0;
    std::int64_t time = 0, accepted = 0, due = 0, place = 0, total = 0;

    static Item of(const flowrun_queue_item& from);
    // From a row of item_columns. Throws Trouble where its sum does not fit.
    static Item of(const Statement& row);
    // For who looks only: one that is damaged has a format that nobody can read, and says so as its error.
    static Item even_damaged(const Statement& row);
    // Into the parameters 1 to 14 of an INSERT of item_columns. It stands until the statement has run.
    void bind(Statement& insert) const;
    flowrun_queue_item seen() const;  // borrows it
    std::uint64_t bytes() const { return body.size(); }
};

inline flowrun_text text_of(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view view_of(flowrun_text text) { return {text.data, text.data == nullptr ? 0 : text.size}; }

}  // namespace flowrun::sqlite
