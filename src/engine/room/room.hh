#pragma once
// Room in a queue: a fair semaphore of messages and bytes. Who finds none stands in a line and is admitted in the order in
// which he came, whether he is a thread, a task or a call that waits without a thread.
//
// Promises:
// - First come, first served: nobody is admitted while one who came before him waits. So one whose message is large holds up
//   those behind him, and is never overtaken for ever.
// - At most so many messages, and so many bytes, are inside; one message larger than the byte bound is admitted when nothing
//   else is inside. Only enter_anyway() goes beyond the bounds, and makes others wait until they hold again.
// - Each waiter is admitted once, or withdrawn, or sent away, never two of these.
// Not promised: that room is handed on at the moment when somebody leaves. leave() only counts; whoever leaves calls admit()
// when a stretch of his work is done, so that others are woken once a stretch. Until then the line stands. Nor does it
// wait, read a clock, or call foreign code.

#include <atomic>
#include <cstdint>

#include "base/spin_lock.hh"

namespace flowrun::engine {

class Room {
public:
    struct Bounds {
        std::uint64_t messages = 1024;  // at least 1
        std::uint64_t bytes = std::uint64_t{64} << 20;
    };

    // One who may have to wait. Lives until go_on() is called, or withdraw() has returned true.
    class Waiter {
    public:
        // With the room locked, in the order of admission: there is room for it now. Short; waits for nothing.
        virtual void admitted() = 0;
        // After that, with nothing locked; the waiter may be gone when this returns. `admitted` false: sent away.
        virtual void go_on(bool admitted) = 0;

    protected:
        ~Waiter() = default;

    private:
        friend class Room;
        std::uint64_t bytes_ = 0;
        Waiter *before_ = nullptr, *next_ = nullptr;
        bool in_line_ = false;
    };

    explicit Room(Bounds bounds) : bounds_(bounds) {}
    Room(const Room&) = delete;
    Room& operator=(const Room&) = delete;

    // True: admitted, and `place` was called meanwhile, with the room locked: what it puts somewhere stands there in the
    // order of admission.
    template <class Place>
    bool try_enter(std::uint64_t bytes, Place&& place) {
        lock_.lock();
        const bool fits = first_ == nullptr && has_room(bytes);
        if (fits) {
            count_in(bytes);
            place();
        }
        lock_.unlock();
        return fits;
    }
    // Admits it, or puts it at the end of the line. True: admitted() has been called, and go_on() will not be.
    bool enter(Waiter& waiter, std::uint64_t bytes);
    // It waits no more. False: too late, it has been admitted or sent away, and go_on() is called, or has been.
    bool withdraw(Waiter& waiter);
    // Room for something that is inside again, beyond the bounds if need be.
    void enter_anyway(std::uint64_t messages, std::uint64_t bytes);

    // So much is free again: whoever is admitted for it sees what was done before. For one thread at a time, or for any.
    void leave_alone(std::uint64_t bytes) {
        out_messages_.store(out_messages_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
        out_bytes_.store(out_bytes_.load(std::memory_order_relaxed) + bytes, std::memory_order_release);
    }
    void leave(std::uint64_t messages, std::uint64_t bytes) {
        out_messages_.fetch_add(messages, std::memory_order_release);
        out_bytes_.fetch_add(bytes, std::memory_order_release);
    }
    // Admits those at the head of the line for whom there is room now.
    void admit() {
        std::atomic_thread_fence(std::memory_order_seq_cst);
        if (waiting_.load(std::memory_order_relaxed) != 0) [[unlikely]]
            admit_waiters();
    }
    // Sends all who wait away, and whoever comes later at once.
    void close();

    std::uint32_t waiting() const { return waiting_.load(std::memory_order_relaxed); }
    // What is inside; as seen from any thread, both may be out of date.
    std::uint64_t messages() const;
    std::uint64_t bytes() const;

private:
    bool has_room(std::uint64_t bytes) REQUIRES(lock_);
    void count_in(std::uint64_t bytes) REQUIRES(lock_);
    void unlink(Waiter& waiter) REQUIRES(lock_);
    void admit_waiters();
    static void go_on(Waiter* first, bool admitted);

    const Bounds bounds_;
    alignas(64) SpinLock lock_{LockRank::room};  // also of those in the line
    Waiter *first_ GUARDED_BY(lock_) = nullptr, *last_ GUARDED_BY(lock_) = nullptr;
    bool closed_ GUARDED_BY(lock_) = false;
    std::atomic<std::uint64_t> in_messages_{0}, in_bytes_{0};  // ever; written with the lock held
    std::uint64_t out_messages_seen_ GUARDED_BY(lock_) = 0, out_bytes_seen_ GUARDED_BY(lock_) = 0;
    alignas(64) std::atomic<std::uint32_t> waiting_{0};  // looked at by who leaves, and seldom written
    alignas(64) std::atomic<std::uint64_t> out_messages_{0}, out_bytes_{0};  // ever
};

}  // namespace flowrun::engine
