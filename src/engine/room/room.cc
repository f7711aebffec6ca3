#include "engine/room/room.hh"

namespace flowrun::engine {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;

}  // namespace

// What has left is looked at only where there is no room otherwise: that line of memory belongs to those who leave. Messages
// are counted out before their bytes, and read after them: never more bytes are seen to be free than messages.
bool Room::has_room(std::uint64_t bytes) {
    if (closed_) return false;
    auto fits = [&]() REQUIRES(lock_) {
        const std::uint64_t messages = in_messages_.load(relaxed) - out_messages_seen_;
        return messages < bounds_.messages &&
               (messages == 0 || in_bytes_.load(relaxed) - out_bytes_seen_ + bytes <= bounds_.bytes);
    };
    if (fits()) return true;
    out_bytes_seen_ = out_bytes_.load(std::memory_order_acquire);
    out_messages_seen_ = out_messages_.load(std::memory_order_acquire);
    return fits();
}

void Room::count_in(std::uint64_t bytes) {
    in_messages_.store(in_messages_.load(relaxed) + 1, relaxed);
    in_bytes_.store(in_bytes_.load(relaxed) + bytes, relaxed);
}

void Room::unlink(Waiter& waiter) {
    (waiter.before_ == nullptr ? first_ : waiter.before_->next_) = waiter.next_;
    (waiter.next_ == nullptr ? last_ : waiter.next_->before_) = waiter.before_;
    waiter.before_ = waiter.next_ = nullptr;
    waiter.in_line_ = false;
    waiting_.fetch_sub(1, relaxed);
}

// Whoever waits says so before he looks a last time; whoever leaves looks for those who wait after he has left.
bool Room::enter(Waiter& waiter, std::uint64_t bytes) {
    lock_.lock();
    waiting_.fetch_add(1, std::memory_order_seq_cst);
    const bool at_once = first_ == nullptr && has_room(bytes);
    if (at_once) {
        waiting_.fetch_sub(1, relaxed);
        count_in(bytes);
        waiter.admitted();
    } else if (closed_) {
        waiting_.fetch_sub(1, relaxed);
        lock_.unlock();
        waiter.go_on(false);
        return false;
    } else {
        waiter.bytes_ = bytes;
        waiter.before_ = last_;
        (last_ == nullptr ? first_ : last_->next_) = &waiter;
        last_ = &waiter;
        waiter.in_line_ = true;
    }
    lock_.unlock();
    return at_once;
}

bool Room::withdraw(Waiter& waiter) {
    lock_.lock();
    const bool waited = waiter.in_line_;
    if (waited) unlink(waiter);
    lock_.unlock();
    // Those behind one with a large message may fit.
    if (waited) admit();
    return waited;
}

void Room::enter_anyway(std::uint64_t messages, std::uint64_t bytes) {
    const SpinLocked lock(lock_);
    in_messages_.store(in_messages_.load(relaxed) + messages, relaxed);
    in_bytes_.store(in_bytes_.load(relaxed) + bytes, relaxed);
}

void Room::admit_waiters() {
    Waiter *told = nullptr, *last_told = nullptr;
    lock_.lock();
    while (first_ != nullptr && has_room(first_->bytes_)) {
        Waiter& waiter = *first_;
        unlink(waiter);
        count_in(waiter.bytes_);
        waiter.admitted();
        (last_told == nullptr ? told : last_told->next_) = &waiter;
        last_told = &waiter;
    }
    lock_.unlock();
    go_on(told, true);
}

void Room::close() {
    lock_.lock();
    closed_ = true;
    Waiter* const told = first_;
    for (Waiter* waiter = first_; waiter != nullptr; waiter = waiter->next_) waiter->in_line_ = false;
    first_ = last_ = nullptr;
    waiting_.store(0, relaxed);
    lock_.unlock();
    go_on(told, false);
}

void Room::go_on(Waiter* first, bool admitted) {
    while (first != nullptr) {
        Waiter& waiter = *first;
        first = first->next_;
        waiter.go_on(admitted);
    }
}

std::uint64_t Room::messages() const {
    const std::uint64_t out = out_messages_.load(std::memory_order_acquire);
    return in_messages_.load(relaxed) - out;
}

std::uint64_t Room::bytes() const {
    const std::uint64_t out = out_bytes_.load(std::memory_order_acquire);
    return in_bytes_.load(relaxed) - out;
}

}  // namespace flowrun::engine
