#pragma once
// The rows of one queue, and how they are changed. Within transactions; everything throws Trouble.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "layout.hh"
#include "store.hh"

namespace flowrun::sqlite {

class Rows {
public:
    // Counts what is kept of it where that is damaged.
    Rows(Database& database, const NamedQueue& queue);

    void begin() { next_ = counts_; }  // a transaction: what was counted in one that failed is forgotten
    void end();                        // before it is committed
    void committed() { counts_ = next_; }
    const Counts& counts() const { return counts_; }
    std::int64_t last() const { return last_; }  // the newest place that was given
    // What was changed by others, between transactions.
    void adopt(const Counts& counts, std::int64_t last) {
        counts_ = counts;
        last_ = last;
    }

    // Each is given its place, in this order.
    void add(std::span<Operation* const> pushes);
    // Sorts them.
    void remove(std::vector<std::int64_t>& places, std::uint64_t bytes);
    // What is said of its attempts: an empty error leaves the last one. The item is then as it is in the file.
    void tried(Item& item, std::uint32_t attempts, std::string_view error);
    void count_attempt(std::int64_t seq);
    std::optional<Item> find(std::int64_t seq);  // nothing where it is not there, or damaged
    void bury(const Item& item, std::int64_t now, std::uint32_t attempts, std::string_view error);
    void bury_damaged(std::int64_t seq);
    void forget(std::uint64_t missing) {
        next_.held -= static_cast<std::int64_t>(missing);
        next_.lost += static_cast<std::int64_t>(missing);
    }
    Statement& after(std::int64_t seq, std::int64_t most);  // to be stepped, and reset

private:
    Item whole(std::int64_t seq);
    void take_out(std::int64_t bytes, std::int64_t messages);

    CountsKeeper keeper_;
    Statement insert_, insert_many_, remove_, update_, row_, rows_, bury_, bury_damaged_;
    Counts counts_, next_;
    std::int64_t last_ = 0, last_dead_ = 0;
};

}  // namespace flowrun::sqlite
