// P2, messages through 4 stages, each behind a bounded queue of 1024:
//   p2 ring COUNT    rings with one producer and one consumer, whose turns of 256 two workers take: the limit
//   p2 mutex COUNT   a mutex, a condition and a deque before each stage, a thread a stage
#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

#include "bench.hh"

namespace {

constexpr std::size_t stages = 4;
constexpr std::size_t room = 1024;
constexpr std::size_t turn = 256;

using Message = const std::uint64_t*;

// What a stage does with a message: through a pointer, so that it is not inlined.
void count_message(std::uint64_t& counter, Message message) { counter += *message; }
void (*volatile handler)(std::uint64_t&, Message) = count_message;

struct alignas(64) Ring {
    alignas(64) std::atomic<std::size_t> head = 0;  // taken so far
    alignas(64) std::atomic<std::size_t> tail = 0;  // put so far
    std::array<Message, room> slots{};
};

struct alignas(64) Task {
    std::atomic_flag busy;
    std::uint64_t counter = 0;
};

class Rings {
public:
    explicit Rings(std::size_t count) : left_(count) {}

    std::uint64_t run() {
        std::thread other([this] { work(); });
        work();
        other.join();
        return tasks_[stages].counter;
    }

private:
    void work() {
        while (!done_.load(std::memory_order_acquire)) {
            bool idle = true;
            for (std::size_t i = stages + 1; i-- > 0;) {
                if (tasks_[i].busy.test_and_set(std::memory_order_acquire)) continue;
                idle = (i == 0 ? produce() : consume(i)) == 0 && idle;
                tasks_[i].busy.clear(std::memory_order_release);
            }
            if (idle) std::this_thread::yield();
        }
    }
    std::size_t produce() {
        Ring& to = rings_[0];
        const std::size_t tail = to.tail.load(std::memory_order_relaxed);
        const std::size_t n = std::min({turn, left_, room - (tail - to.head.load(std::memory_order_acquire))});
        for (std::size_t k = 0; k < n; ++k) to.slots[(tail + k) % room] = &one_;
        left_ -= n;
        to.tail.store(tail + n, std::memory_order_release);
        if (n == 0 && left_ == 0) ended_.store(true, std::memory_order_release);
        return n;
    }
    std::size_t consume(std::size_t i) {
        const bool ended = ended_.load(std::memory_order_acquire);
        Ring& from = rings_[i - 1];
        const std::size_t head = from.head.load(std::memory_order_relaxed);
        std::size_t n = std::min(turn, from.tail.load(std::memory_order_acquire) - head);
        const auto handle = handler;
        if (i == stages) {
            for (std::size_t k = 0; k < n; ++k) handle(tasks_[i].counter, from.slots[(head + k) % room]);
            received_ += n;
        } else {
            Ring& to = rings_[i];
            const std::size_t tail = to.tail.load(std::memory_order_relaxed);
            n = std::min(n, room - (tail - to.head.load(std::memory_order_acquire)));
            for (std::size_t k = 0; k < n; ++k) {
                const Message message = from.slots[(head + k) % room];
                handle(tasks_[i].counter, message);
                to.slots[(tail + k) % room] = message;
            }
            to.tail.store(tail + n, std::memory_order_release);
        }
        from.head.store(head + n, std::memory_order_release);
        if (i == stages && ended && received_ == rings_[0].tail.load(std::memory_order_acquire)) {
            done_.store(true, std::memory_order_release);
        }
        return n;
    }

    std::array<Ring, stages> rings_;
    std::array<Task, stages + 1> tasks_;  // the producer, then the stages
    std::size_t left_;                    // the producer's
    std::size_t received_ = 0;            // the last stage's
    std::uint64_t one_ = 1;
    std::atomic<bool> ended_ = false;
    std::atomic<bool> done_ = false;
};

class Locked {
public:
    void put(Message message) {
        std::unique_lock lock(mutex_);
        room_.wait(lock, [this] { return queue_.size() < room; });
        queue_.push_back(message);
        lock.unlock();
        filled_.notify_one();
    }
    Message take() {
        std::unique_lock lock(mutex_);
        filled_.wait(lock, [this] { return !queue_.empty(); });
        const Message message = queue_.front();
        queue_.pop_front();
        lock.unlock();
        room_.notify_one();
        return message;
    }

private:
    std::mutex mutex_;
    std::condition_variable room_;
    std::condition_variable filled_;
    std::deque<Message> queue_;
};

std::uint64_t through_locks(std::size_t count) {
    std::array<Locked, stages> queues;
    std::array<std::uint64_t, stages> counters{};
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < stages; ++i) {
        threads.emplace_back([&, i] {
            while (const Message message = queues[i].take()) {
                handler(counters[i], message);
                if (i + 1 < stages) queues[i + 1].put(message);
            }
            if (i + 1 < stages) queues[i + 1].put(nullptr);
        });
    }
    const std::uint64_t one = 1;
    for (std::size_t i = 0; i < count; ++i) queues[0].put(&one);
    queues[0].put(nullptr);
    for (auto& thread : threads) thread.join();
    return counters.back();
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 64;
    const auto count = static_cast<std::size_t>(std::atol(argv[2]));
    const double start = bench::now();
    std::uint64_t arrived = 0;
    if (argv[1] == std::string_view("ring")) {
        arrived = Rings(count).run();
    } else {
        arrived = through_locks(count);
    }
    bench::report(static_cast<double>(count), bench::now() - start);
    return arrived == count ? 0 : 1;
}
