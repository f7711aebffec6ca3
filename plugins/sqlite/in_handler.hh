#pragma once
// Which items are in a handler, in a file beside the store that is mapped into memory: what a process has written there is
// still there after it was killed, at no cost for each message. It is not synced: after a loss of power, which no handler
// brings about, nothing is known.
//
// Never fails: where the file cannot be had, or where the few slots in which an item may be noted are all taken, it is not noted.
// No lock: whoever has an item's lease notes it, and nobody else at the same time.

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

namespace flowrun::sqlite {

class InHandler {
public:
    // Of the store at this path; by its owner.
    explicit InHandler(const std::string& store);
    ~InHandler();
    InHandler(const InHandler&) = delete;
    InHandler& operator=(const InHandler&) = delete;

    struct Found {
        std::int64_t seq;
        bool entered;  // else it was so before, and has not had its turn since
    };
    // Those of a queue that were in a handler when the process died that had the store, oldest first.
    std::vector<Found> found(std::int64_t queue) const;

    void enter(std::int64_t queue, std::int64_t seq) { note(queue, seq, entered); }
    void await_turn(std::int64_t queue, std::int64_t seq) { note(queue, seq, waiting); }
    void leave(std::int64_t queue, std::int64_t seq);
    void leave_all(std::int64_t queue);
    void clear();  // of all queues

    static constexpr std::size_t slots = 4096;

private:
    // A slot is another's while it is taken, and means something when its item stands in it.
    static constexpr std::int64_t free = 0, taken = 1, entered = 2, waiting = 3;
    static constexpr std::size_t reach = 16;  // how many slots an item may be in
    struct Slot {
        std::atomic<std::int64_t> state, queue, seq, reserved;
    };
    Slot& slot(std::int64_t queue, std::int64_t seq, std::size_t step) const {
        return map_[(static_cast<std::size_t>(seq) + static_cast<std::size_t>(queue) * 977 + step) % slots];
    }
    Slot* find(std::int64_t queue, std::int64_t seq) const;
    void note(std::int64_t queue, std::int64_t seq, std::int64_t state);

    Slot* map_ = nullptr;
};

}  // namespace flowrun::sqlite
