#pragma once
// One queue of a store, opened by this process. Its leases are in memory: who dies with them has them given out anew.

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <flowrun/ext/queue.h>

#include "store.hh"
#include "window.hh"

namespace flowrun::sqlite {

class Queue final : public Client {
public:
    Queue(std::shared_ptr<Store> store, const flowrun_host& host, const flowrun_queue_spec& spec,
          const flowrun_queue_listener& listener, void* user);
    ~Queue();
    Queue(const Queue&) = delete;
    Queue& operator=(const Queue&) = delete;

    void push(const flowrun_queue_item& item, std::uint64_t push);
    std::uint32_t take(std::uint32_t most, flowrun_item_fn give, void* user);
    void answer(Operation::Kind kind, std::uint64_t lease, std::int64_t delay, std::uint32_t attempts,
                flowrun_text error);
    void enter(std::uint64_t lease);
    void depth(flowrun_queue_depth& out);
    void drain();

    // --- the store's thread ---
    void apply(Operation& operation) override;
    void before_commit() override;
    void rolled_back() override { more_ = 0; }
    void done(Operation& operation) override;

private:
    // Prepared when first used.
    struct Statements {
        Statements(Database& database, std::int64_t queue);
        Statement insert, remove, update, bury, row, rows, held;
    };

    void find_interrupted();
    bool count_attempts(const std::vector<InHandler::Found>& found);
    std::uint32_t take_interrupted(std::uint32_t most, flowrun_item_fn give, void* user);
    void give_out(const Item& item, std::uint32_t flags, flowrun_item_fn give, void* user);
    void apply_read();
    std::uint64_t missing() const;
    // Not pushed since it was opened. In a damaged file a place may be anything.
    bool was_found(const Item& item) const { return item.seq <= found_last_ || item.seq > last_; }
    bool read_row(const Statement& row, Item& item);
    void tell_of_read(const Operation& operation);
    void refuse(std::uint64_t push);
    void pushed(Operation& operation);
    void settled(Operation& operation);
    void came_back(Operation& operation);
    void admit(std::unique_lock<std::mutex>& lock);
    bool fits(std::uint64_t bytes) const;
    std::int64_t now() const { return host_.wall(); }

    const std::shared_ptr<Store> store_;
    const flowrun_host& host_;
    const flowrun_queue_listener listener_;
    void* const user_;
    std::int64_t number_ = 0;

    std::optional<Statements> statements_;  // the store's thread's, and the constructor's
    std::int64_t last_ = 0;                 // the newest seq; the store's thread's
    std::deque<Item> read_;                 // that apply_read() has read; the store's thread's
    bool read_more_ = false;
    std::uint64_t seen_ = 0;     // rows that it has read
    std::uint64_t damaged_ = 0;  // of those
    std::int64_t more_ = 0;      // messages in the file than before this transaction
    // Of those that lay in the file when it was opened: how many have not been read yet, and the newest.
    std::uint64_t found_left_ = 0;
    std::int64_t found_last_ = 0;
    std::string damage_;
    bool told_broken_ = false;

    std::mutex mutex_;         // the rest
    std::uint64_t max_bytes_;  // 0: no bound
    const bool only_pushed_;   // nobody takes, so that there never will be more room
    Window window_;
    // In a handler when the process died that had it: given out first. Whoever reads on leaves those out.
    std::deque<Item> interrupted_;
    std::unordered_set<std::int64_t> given_first_;
    std::unordered_map<std::int64_t, std::uint64_t> leased_;  // bytes, by seq
    std::deque<Operation> parked_;                            // pushes for which there is no room in bytes
    std::uint64_t messages_ = 0, bytes_ = 0, dead_ = 0;       // in the file
    std::uint64_t coming_bytes_ = 0;                          // pushed, not yet in it
};

}  // namespace flowrun::sqlite
