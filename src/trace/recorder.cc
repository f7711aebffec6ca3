#include "trace/recorder.hh"

#include <algorithm>
#include <utility>

#include "base/secrets.hh"

namespace flowrun::trace {

namespace {
constexpr Duration terminal_breath = 10 * millisecond;
constexpr Duration breath = 40 * millisecond;
constexpr std::size_t block_bytes = std::size_t{64} << 10;
constexpr std::uint64_t told_every = 1024;  // spans taken before blocked threads are looked after
}  // namespace

Recorder::Recorder(World& world, std::unique_ptr<Format> format, Sink sink, Failed failed)
    : world_(world), format_(std::move(format)), sink_(std::move(sink)), failed_(std::move(failed)),
      breath_(sink_.terminal() ? terminal_breath : breath) {}

Recorder::~Recorder() {
    {
        std::unique_lock lock(mutex_);
        stop_ = true;
        world_.wake_one(work_);
    }
    thread_.join();
}

void Recorder::span(Span&& span) {
    Ring& ring = rings_.mine();
    while (!ring.push(std::move(span))) wait_for_room(ring);
    const Writer writer = writer_.load(std::memory_order_seq_cst);
    if (writer == Writer::awake) [[likely]]
        return;
    if (writer == Writer::asleep || ring.half_full()) {
        std::unique_lock lock(mutex_);
        wake(lock);
    }
}

bool Recorder::flush(Time until) {
    std::unique_lock lock(mutex_);
    if (!thread_) return true;
    const std::uint64_t ticket = ++flush_wanted_;
    wake(lock);
    while (flush_done_ < ticket) {
        if (!world_.wait(flushed_, lock, until)) return flush_done_ >= ticket;
    }
    return true;
}

void Recorder::wait_for_room(Ring& ring) {
    std::unique_lock lock(mutex_);
    blocked_.fetch_add(1, std::memory_order_acq_rel);
    wake(lock);
    while (ring.full()) world_.wait(room_, lock, never);
    blocked_.fetch_sub(1, std::memory_order_acq_rel);
}

void Recorder::wake(std::unique_lock<std::mutex>& lock) {
    if (writer_.load(std::memory_order_relaxed) == Writer::awake) return;
    if (!thread_) {
        start(lock);
        return;
    }
    writer_.store(Writer::awake, std::memory_order_seq_cst);
    world_.wake_one(work_);
}

bool Recorder::start(std::unique_lock<std::mutex>&) {
    writer_.store(Writer::awake, std::memory_order_seq_cst);
    thread_ = world_.start("trace", [this] { write(); });
    if (!thread_) writer_.store(Writer::asleep, std::memory_order_seq_cst);
    return static_cast<bool>(thread_);
}

bool Recorder::begin() {
    std::unique_lock lock(mutex_);
    return thread_ || start(lock);
}

// The writer thread.
void Recorder::write() {
    std::unique_lock lock(mutex_);
    for (;;) {
        const bool last = stop_;
        const std::uint64_t ticket = flush_wanted_;
        lock.unlock();
        const bool wrote = take_round();
        lock.lock();
        if (flush_done_ != ticket) {
            flush_done_ = ticket;
            world_.wake_all(flushed_);
        }
        if (last) return;
        rest(lock, wrote);
    }
}

void Recorder::rest(std::unique_lock<std::mutex>& lock, bool wrote) {
    const auto wanted = [this] {
        return stop_ || flush_wanted_ != flush_done_ || blocked_.load(std::memory_order_acquire) > 0;
    };
    if (wanted()) return;
    const Writer how = wrote ? Writer::napping : Writer::asleep;
    const Time until = wrote ? after(world_.now(), breath_) : never;
    writer_.store(how, std::memory_order_seq_cst);
    // Who records looks at writer_ after its push; here it is the other way round, so that no span is slept over.
    if (wrote || !anything()) {
        while (writer_.load(std::memory_order_relaxed) == how && !wanted() && world_.wait(work_, lock, until)) {}
    }
    writer_.store(Writer::awake, std::memory_order_seq_cst);
}

// Writes all that was there when it began, merged by end. False: there was nothing.
bool Recorder::take_round() {
    merging_.clear();
    rings_.each([this](Ring& ring, bool left) {
        const std::uint64_t waiting = ring.waiting();
        if (waiting > 0) merging_.push_back({ring.front().start + ring.front().handled, waiting, &ring});
        return waiting > 0 || !left;
    });
    if (merging_.empty()) return false;

    std::make_heap(merging_.begin(), merging_.end());
    std::uint64_t taken = 0;
    while (merging_.size() > 1) {
        std::pop_heap(merging_.begin(), merging_.end());
        take(taken, merging_.back());
        if (merging_.back().left == 0) {
            merging_.pop_back();
        } else {
            std::push_heap(merging_.begin(), merging_.end());
        }
    }
    while (merging_.front().left > 0) take(taken, merging_.front());
    put_out();
    tell_blocked();
    return true;
}

void Recorder::take(std::uint64_t& taken, Front& front) {
    if (sink_.failure() == 0) format_->line(front.ring->front(), block_);
    front.ring->pop();
    if (--front.left > 0) front.end = front.ring->front().start + front.ring->front().handled;
    if (block_.size() >= block_bytes) put_out();
    if (++taken % told_every == 0) tell_blocked();
}

void Recorder::tell_blocked() {
    // A read that also publishes: whoever counts itself after this one sees the room that was made before it.
    if (blocked_.fetch_add(0, std::memory_order_acq_rel) == 0) return;
    std::unique_lock lock(mutex_);
    world_.wake_all(room_);
}

bool Recorder::anything() {
    bool found = false;
    rings_.each([&found](Ring& ring, bool) {
        found = found || ring.waiting() > 0;
        return true;
    });
    return found;
}

void Recorder::put_out() {
    const bool fine = sink_.failure() == 0;
    const Secrets& secrets = Secrets::of_process();
    const bool written = secrets.any() ? sink_.write(secrets.masked(block_.view())) : sink_.write(block_.view());
    if (!written && fine && failed_) failed_(sink_.failure());
    block_.clear();
}

}  // namespace flowrun::trace
