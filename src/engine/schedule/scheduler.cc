#include "engine/schedule/scheduler.hh"

#include <algorithm>

#include <utility>

namespace flowrun::engine {
namespace {

constexpr Duration patience = 2 * second;  // for which a worker that is not needed stands by

}  // namespace

struct Scheduler::Worker {
    std::atomic<Task*> slot{nullptr};     // to be run next by this worker; others may take it
    std::atomic<std::uint64_t> turns{0};  // tasks begun
    std::uint64_t turns_seen = 0;         // by the last tick; guarded by the scheduler's mutex
    std::atomic<bool> given_up{false};    // written with the mutex held
    // Guarded by the scheduler's mutex:
    bool blocked = false, idle = false, spare = false, gone = false;
    World::Thread thread;
};

Scheduler::Scheduler(World& world, Watchdog& watchdog, unsigned cores, Makes makes)
    : world_(world), watchdog_(watchdog), cores_(std::max(cores, 1u)), makes_(std::move(makes)) {}
Scheduler::~Scheduler() = default;

void Scheduler::post(Task& task, Thread* from) {
    auto* worker = from == nullptr ? nullptr : static_cast<Worker*>(from->worker.load());
    if (worker != nullptr) {
        // It runs next what it has just woken; what lay in the slot before goes to the others.
        Task* before = worker->slot.exchange(&task, std::memory_order_seq_cst);
        if (before != nullptr) post_to_all(*before);
        // Who gives the worker up empties its slot; that may just have been.
        if (worker->given_up.load(std::memory_order_seq_cst)) [[unlikely]]
            flush_slot(*worker);
        watchdog_.need();  // should what the worker is in now take long
        return;
    }
    post_to_all(task);
}

// The waking comes after the mutex is free, which the woken one needs first of all.
void Scheduler::post_to_all(Task& task) {
    bool wake = false;
    {
        MutexLock lock(mutex_);
        append(task);
        wake = wants_waking();
    }
    if (wake) world_.wake_one(wanted_);
}

void Scheduler::append(Task& task) {
    task.next_ = nullptr;
    (last_ == nullptr ? first_ : last_->next_) = &task;
    last_ = &task;
    queued_.fetch_add(1, std::memory_order_relaxed);
}

void Scheduler::make_room_for_tasks() {
    if (wants_waking()) world_.wake_one(wanted_);
}

// True: one that is idle is to be woken. Where none is, another is started.
bool Scheduler::wants_waking() {
    if (first_ == nullptr) return false;
    bool wakes = idle_ > waking_;
    if (wakes) {
        ++waking_;
    } else if (active_ + idle_ < cores_) {
        start_worker();
    }
    watchdog_.need();
    return wakes;
}

bool Scheduler::start_worker() {
    if (spare_ > called_) {
        ++called_;
        ++active_;
        world_.wake_one(standing_by_);
        return true;
    }
    if (alive_.load(std::memory_order_relaxed) >= most_threads) return false;
    auto worker = std::make_unique<Worker>();
    Worker& started = *worker;
    started.thread = world_.start("flowrun-pool", [this, &started] { work(started); });
    if (!started.thread) {
        refused_.store(true, std::memory_order_relaxed);
        return false;
    }
    workers_.push_back(std::move(worker));
    ++active_;
    unsigned alive = alive_.fetch_add(1) + 1;
    if (alive > peak_.load()) peak_.store(alive);
    return true;
}

bool Scheduler::begin() {
    MutexLock lock(mutex_);
    return !workers_.empty() || start_worker();
}

Thread& Scheduler::free_record() {
    MutexLock lock(mutex_);
    if (free_.empty()) {
        lock.unlock();
        return makes_.thread();
    }
    Thread& thread = *free_.back();
    free_.pop_back();
    return thread;
}

void Scheduler::work(Worker& worker) {
    Thread& thread = free_record();
    thread.worker = &worker;
    makes_.enter(thread);
    while (Task* task = next(worker)) {
        worker.turns.fetch_add(1, std::memory_order_relaxed);
        task->run(thread);
    }
    flush_slot(worker);
    MutexLock lock(mutex_);
    thread.worker = nullptr;
    worker.gone = true;
    alive_.fetch_sub(1);
    if (!worker.given_up && !worker.spare) --active_;
    free_.push_back(&thread);
}

Task* Scheduler::take_first() {
    Task* task = first_;
    if (task == nullptr) return nullptr;
    first_ = task->next_;
    if (first_ == nullptr) last_ = nullptr;
    queued_.fetch_sub(1, std::memory_order_relaxed);
    return task;
}

Task* Scheduler::next(Worker& worker) {
    constexpr std::uint64_t fair = 64;  // so often the shared queue goes before the own slot
    bool shared_first = queued_.load(std::memory_order_relaxed) != 0 && worker.turns.load() % fair == fair - 1;
    if (!shared_first) {
        if (Task* own = worker.slot.exchange(nullptr, std::memory_order_acq_rel)) return own;
    }
    MutexLock lock(mutex_);
    for (;;) {
        if (worker.given_up) return nullptr;
        if (Task* task = take_first()) return task;
        if (Task* own = worker.slot.exchange(nullptr, std::memory_order_acq_rel)) return own;
        if (Task* others = steal()) return others;
        if (stopping_) return nullptr;
        if (active_ > cores_) {
            if (!stand_by(worker, lock)) return nullptr;
            continue;
        }
        ++idle_;
        --active_;
        worker.idle = true;
        world_.wait(wanted_, lock, never);
        if (waking_ != 0) --waking_;
        worker.idle = false;
        --idle_;
        ++active_;
    }
}

// With the mutex held: a slot of a worker that is blocked is anybody's.
Task* Scheduler::steal() {
    for (auto& worker : workers_) {
        if (!worker->blocked && !worker->given_up) continue;
        if (Task* task = worker->slot.exchange(nullptr, std::memory_order_acq_rel)) return task;
    }
    return nullptr;
}

void Scheduler::flush_slot(Worker& worker) {
    if (Task* task = worker.slot.exchange(nullptr, std::memory_order_acq_rel)) {
        MutexLock lock(mutex_);
        append(*task);
        make_room_for_tasks();
    }
}

void Scheduler::blocked(Thread& thread, Thread::Wait wait) {
    thread.waits.store(wait, std::memory_order_relaxed);
    auto* worker = static_cast<Worker*>(thread.worker.load());
    if (worker == nullptr) return;
    Task* own = worker->slot.exchange(nullptr, std::memory_order_acq_rel);
    MutexLock lock(mutex_);
    worker->blocked = true;
    if (!worker->given_up) --active_;
    if (own != nullptr) append(*own);
    make_room_for_tasks();
}

void Scheduler::unblocked(Thread& thread) {
    thread.waits.store(Thread::Wait::none, std::memory_order_relaxed);
    auto* worker = static_cast<Worker*>(thread.worker.load());
    if (worker == nullptr) return;
    MutexLock lock(mutex_);
    worker->blocked = false;
    if (!worker->given_up) ++active_;
}

void Scheduler::give_up(Thread& thread) {
    auto* worker = static_cast<Worker*>(thread.worker.load());
    if (worker == nullptr) return;
    Task* own = worker->slot.exchange(nullptr, std::memory_order_acq_rel);
    MutexLock lock(mutex_);
    if (!worker->given_up && !worker->gone) {
        worker->given_up = true;
        if (!worker->blocked) --active_;
    }
    growth_ = 1;  // what is run in its place is short
    if (own != nullptr) append(*own);
    make_room_for_tasks();
}

bool Scheduler::gave_up(const Thread& thread) const {
    const auto* worker = static_cast<const Worker*>(thread.worker.load(std::memory_order_relaxed));
    return worker != nullptr && worker->given_up.load(std::memory_order_relaxed);
}

// Waits for as long as a worker may be needed again soon; called back, it is active again.
bool Scheduler::stand_by(Worker& worker, MutexLock& lock) {
    Time until = after(world_.now(), patience);
    worker.spare = true;
    ++spare_;
    --active_;
    bool in_time = true;
    while (called_ == 0 && !stopping_ && in_time) in_time = world_.wait(standing_by_, lock, until);
    --spare_;
    if (called_ == 0) return false;
    --called_;
    worker.spare = false;
    return true;
}

// Every worker has been in one call since the last tick. Tasks in their slots become everybody's.
bool Scheduler::all_stuck() {
    bool stuck = true;
    for (auto& worker : workers_) {
        if (worker->gone || worker->given_up || worker->blocked || worker->idle || worker->spare) continue;
        std::uint64_t turns = worker->turns.load(std::memory_order_relaxed);
        if (turns == 0) {
            stuck = false;  // not yet there
        } else if (std::exchange(worker->turns_seen, turns) != turns) {
            stuck = false;
            growth_ = 1;
        } else if (Task* task = worker->slot.exchange(nullptr, std::memory_order_acq_rel)) {
            append(*task);
        }
    }
    return stuck;
}

void Scheduler::grow() {
    std::uint32_t wanted = std::min(growth_, queued_.load(std::memory_order_relaxed));
    for (std::uint32_t i = 0; i < wanted; ++i) {
        std::size_t before = workers_.size();
        if (!start_worker()) break;
        // One that is in its first call at the next tick is as stuck as the others.
        if (workers_.size() > before) workers_.back()->turns_seen = 1;
    }
    growth_ = std::min(growth_ * 2, most_threads);
}

std::vector<World::Thread> Scheduler::ended() {
    std::vector<World::Thread> threads;
    std::erase_if(workers_, [&](std::unique_ptr<Worker>& worker) {
        if (worker->gone) threads.push_back(std::move(worker->thread));
        return worker->gone;
    });
    return threads;
}

// Those in foreign code come back by themselves; those that wait for what only a task can bring do not.
void Scheduler::notice_starvation() {
    const bool starved = first_ != nullptr && refused() && active_ == 0 && idle_ == 0;
    if (!starved) {
        starved_since_.store(never, std::memory_order_relaxed);
    } else if (starved_since() == never) {
        starved_since_.store(world_.now(), std::memory_order_relaxed);
    }
}

bool Scheduler::tick() {
    std::vector<World::Thread> over;  // joined without the mutex
    MutexLock lock(mutex_);
    over = ended();
    bool stuck = all_stuck(), waiting = first_ != nullptr;
    if (waiting && idle_ != 0) {
        world_.wake_one(wanted_);
    } else if (waiting && stuck) {
        grow();
    }
    notice_starvation();
    return waiting || !stuck;
}

void Scheduler::stop(bool stuck) {
    std::vector<World::Thread> threads;
    {
        MutexLock lock(mutex_);
        stopping_ = true;
        world_.wake_all(wanted_);
        world_.wake_all(standing_by_);
        for (auto& worker : workers_) {
            if (stuck && !worker->gone) {
                worker->thread.detach();
            } else {
                threads.push_back(std::move(worker->thread));
            }
        }
    }
    threads.clear();
}

}  // namespace flowrun::engine
