#pragma once
// Which items are in a handler, in a file beside the store that is mapped into memory: what a process has written there is
// still there after it was killed, at no cost for each message. It is not synced: after a loss of power, which no handler
// brings about, nothing is known.
//
// Never fails: where the file cannot be had, or more items than it has slots are in handlers at once, those are not noted.

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>
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

    static constexpr std::size_t slots = 4096;

private:
    static constexpr std::int64_t entered = 1, waiting = 2;
    // A slot is used once its state is written, which is after the rest.
    struct Slot {
        std::atomic<std::int64_t> state, queue, seq, reserved;
    };
    struct Key {
        std::int64_t queue, seq;
        bool operator==(const Key&) const = default;
    };
    struct Hash {
        std::size_t operator()(const Key& key) const {
            return static_cast<std::size_t>(key.seq * 0x9e3779b97f4a7c15 ^ key.queue);
        }
    };
    void note(std::int64_t queue, std::int64_t seq, std::int64_t state);

    Slot* map_ = nullptr;
    mutable std::mutex mutex_;
    std::unordered_map<Key, std::uint32_t, Hash> used_;
    std::vector<std::uint32_t> free_;
};

}  // namespace flowrun::sqlite
