#pragma once
// One queue of a store, opened by this process. Its leases are in memory: who dies with them has them given out anew.

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <flowrun/ext/queue.h>

#include "rows.hh"
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

    std::int32_t push(const flowrun_queue_item& item, std::uint64_t push);
    std::uint32_t take(std::uint32_t most, flowrun_item_fn give, void* user);
    void ack(std::uint64_t lease) { answer(Operation::Kind::ack, lease, 0, 0, {}); }
    void nack(std::uint64_t lease, std::int64_t delay, std::uint32_t attempts, std::string_view error) {
        answer(Operation::Kind::nack, lease, delay, attempts, error);
    }
    void extend(std::uint64_t lease, std::int64_t delay, std::uint32_t attempts, std::string_view error) {
        answer(Operation::Kind::extend, lease, delay, attempts, error);
    }
    void reject(std::uint64_t lease, std::uint32_t attempts, std::string_view error) {
        answer(Operation::Kind::reject, lease, 0, attempts, error);
    }
    void enter(std::uint64_t lease);
    void depth(flowrun_queue_depth& out);
    void drain();

    // --- the store's thread ---
    void apply(std::span<Operation> batch) override;
    void committed() override;
    void done(std::span<Operation> batch) override;
    bool waits_for_room(const Operation& operation) override;
    void held_up(std::string_view why) override;
    std::int64_t last_place() const override { return rows_->last(); }
    bool claim(std::int64_t seq) override;
    void release() override;
    void changed(const Counts& counts, std::uint64_t taken, std::vector<Item> added) override;

private:
    void answer(Operation::Kind kind, std::uint64_t lease, std::int64_t delay, std::uint32_t attempts,
                std::string_view error);
    void find_interrupted();
    bool count_attempts(const std::vector<InHandler::Found>& found);
    std::uint32_t take_interrupted(std::uint32_t most, flowrun_item_fn give, void* user);
    void give_out(const Item& item, std::uint32_t flags, flowrun_item_fn give, void* user);
    void came_back(Item item);
    void refuse(std::uint64_t push);
    void tell_push(const Operation& operation);
    void apply_read();
    std::uint64_t missing() const;
    // It lay there when the queue was opened, and is given out in its turn.
    bool counts_as_found(const Item& item) const { return item.seq <= found_last_ && !given_first_.contains(item.seq); }
    void note(Operation& operation);
    void note_read(const Operation& operation);
    void tell(Operation& operation);
    void admit(std::unique_lock<std::mutex>& lock);
    bool fits(std::uint64_t bytes) const;
    std::int64_t now() const { return host_.wall(); }

    const std::shared_ptr<Store> store_;
    const flowrun_host& host_;
    const flowrun_queue_listener listener_;
    void* const user_;
    std::int64_t number_ = 0;

    // --- the store's thread's, and the constructor's ---
    std::optional<Rows> rows_;
    // What a read has found.
    std::deque<Item> read_;
    std::vector<std::int64_t> damaged_;  // their places
    std::uint64_t seen_ = 0;             // rows that it has read
    std::int64_t read_through_ = 0;
    bool read_more_ = false;
    std::uint64_t lost_ = 0;  // and have to be told
    // Of those that lay in the file when it was opened: how many have not been read yet, and the newest.
    std::uint64_t found_left_ = 0;
    std::int64_t found_last_ = 0;
    std::string damage_;
    bool told_broken_ = false;
    std::vector<std::int64_t> claimed_;
    std::vector<Item> claimed_items_;  // of these, that were in memory

    std::mutex mutex_;         // the rest
    std::uint64_t max_bytes_;  // 0: no bound
    const bool only_pushed_;   // nobody takes, so that there never will be more room
    const bool refuses_;       // nobody waits for room
    bool drained_ = false, held_up_ = false;
    std::size_t answers_due_ = 0;
    Window window_;
    // In a handler when the process died that had it: given out first. Whoever reads on leaves those out.
    std::deque<Item> interrupted_;
    std::unordered_set<std::int64_t> given_first_;            // changed by the store's thread alone
    std::unordered_map<std::int64_t, std::uint64_t> leased_;  // bytes, by seq
    std::deque<Operation> parked_;                            // pushes for which there is no room in bytes
    Counts counts_;                                           // as in the file
    std::uint64_t coming_bytes_ = 0;                          // pushed, not yet in it
};

}  // namespace flowrun::sqlite
