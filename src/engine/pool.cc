#include "engine/pool.hh"

#include <algorithm>

#include "engine/lane.hh"
#include "engine/pump.hh"
#include "engine/run.hh"

namespace flowrun::engine {
namespace {

constexpr Duration patience = 2 * second;  // for which a worker that is not needed stands by

}  // namespace

struct Pool::Worker {
    std::atomic<Task*> slot{nullptr};     // to be run next by this worker; others may take it
    std::atomic<std::uint64_t> turns{0};  // tasks begun
    std::uint64_t turns_seen = 0;         // by the last tick; guarded by the pool's mutex
    // Guarded by the pool's mutex:
    bool blocked = false, idle = false, spare = false, gone = false, given_up = false;
    World::Thread thread;
};

Pool::Pool(Run& run, unsigned cores) : run_(run), cores_(std::max(cores, 1u)) {}
Pool::~Pool() = default;

void Pool::post(Task& task, Lane* from) {
    auto* worker = from == nullptr ? nullptr : static_cast<Worker*>(from->worker.load());
    if (worker != nullptr) {
        // It runs next what it has just woken; what lay in the slot before goes to the others.
        Task* before = worker->slot.exchange(&task, std::memory_order_seq_cst);
        if (before != nullptr) post_to_all(*before);
        // Who gives the worker up empties its slot; that may just have been.
        if (from->abandoned.load(std::memory_order_seq_cst)) [[unlikely]]
            flush_slot(*worker);
        return;
    }
    post_to_all(task);
}

// The waking comes after the mutex is free, which the woken one needs first of all.
void Pool::post_to_all(Task& task) {
    bool wake = false;
    {
        std::scoped_lock lock(mutex_);
        append(task);
        wake = wants_waking();
    }
    if (wake) run_.world.wake_one(wanted_);
}

void Pool::append(Task& task) {
    task.next_ = nullptr;
    (last_ == nullptr ? first_ : last_->next_) = &task;
    last_ = &task;
    queued_.fetch_add(1, std::memory_order_relaxed);
}

void Pool::make_room_for_tasks() {
    if (wants_waking()) run_.world.wake_one(wanted_);
}

// True: one that is idle is to be woken. Where none is, another is started.
bool Pool::wants_waking() {
    if (first_ == nullptr) return false;
    bool wakes = idle_ > waking_;
    if (wakes) {
        ++waking_;
    } else if (active_ + idle_ < cores_) {
        start_worker();
    }
    run_.watch.need();
    return wakes;
}

void Pool::start_worker() {
    if (spare_ > called_) {
        ++called_;
        ++active_;
        run_.world.wake_one(standing_by_);
        return;
    }
    if (alive_.load(std::memory_order_relaxed) >= most_threads) return;
    auto worker = std::make_unique<Worker>();
    Worker& started = *worker;
    workers_.push_back(std::move(worker));
    ++active_;
    unsigned alive = alive_.fetch_add(1) + 1;
    if (alive > peak_.load()) peak_.store(alive);
    started.thread = run_.world.start("flowrun-pool", [this, &started] { work(started); });
}

Lane& Pool::free_lane() {
    std::unique_lock<std::mutex> lock = mutex_.held();
    if (lanes_.empty()) {
        lock.unlock();
        return run_.new_lane();
    }
    Lane& lane = *lanes_.back();
    lanes_.pop_back();
    return lane;
}

void Pool::work(Worker& worker) {
    Lane& lane = free_lane();
    lane.worker = &worker;
    run_.use_here(lane);
    while (Task* task = next(worker)) {
        worker.turns.fetch_add(1, std::memory_order_relaxed);
        task->run(lane);
        for (Pump* pump : lane.touched) pump->notify(&lane);
        lane.touched.clear();
        if (lane.abandoned.load(std::memory_order_acquire)) break;
    }
    flush_slot(worker);
    std::scoped_lock lock(mutex_);
    lane.worker = nullptr;
    worker.gone = true;
    alive_.fetch_sub(1);
    if (!worker.given_up && !worker.spare) --active_;
    // Nothing that was begun on an abandoned lane counts any more; other lanes serve again.
    if (!lane.abandoned.load()) lanes_.push_back(&lane);
}

Task* Pool::take_first() {
    Task* task = first_;
    if (task == nullptr) return nullptr;
    first_ = task->next_;
    if (first_ == nullptr) last_ = nullptr;
    queued_.fetch_sub(1, std::memory_order_relaxed);
    return task;
}

Task* Pool::next(Worker& worker) {
    constexpr std::uint64_t fair = 64;  // so often the shared queue goes before the own slot
    bool shared_first = queued_.load(std::memory_order_relaxed) != 0 && worker.turns.load() % fair == fair - 1;
    if (!shared_first) {
        if (Task* own = worker.slot.exchange(nullptr, std::memory_order_acq_rel)) return own;
    }
    std::unique_lock<std::mutex> lock = mutex_.held();
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
        run_.world.wait(wanted_, lock, never);
        if (waking_ != 0) --waking_;
        worker.idle = false;
        --idle_;
        ++active_;
    }
}

// With the mutex held: a slot of a worker that is blocked is anybody's.
Task* Pool::steal() {
    for (auto& worker : workers_) {
        if (!worker->blocked && !worker->given_up) continue;
        if (Task* task = worker->slot.exchange(nullptr, std::memory_order_acq_rel)) return task;
    }
    return nullptr;
}

void Pool::flush_slot(Worker& worker) {
    if (Task* task = worker.slot.exchange(nullptr, std::memory_order_acq_rel)) {
        std::scoped_lock lock(mutex_);
        append(*task);
        make_room_for_tasks();
    }
}

void Pool::blocked(Lane& lane, Lane::Wait wait) {
    lane.waits.store(wait, std::memory_order_relaxed);
    auto* worker = static_cast<Worker*>(lane.worker.load());
    if (worker == nullptr) return;
    for (Pump* pump : lane.touched) pump->notify(nullptr);
    lane.touched.clear();
    Task* own = worker->slot.exchange(nullptr, std::memory_order_acq_rel);
    std::scoped_lock lock(mutex_);
    worker->blocked = true;
    if (!worker->given_up) --active_;
    if (own != nullptr) append(*own);
    make_room_for_tasks();
}

void Pool::unblocked(Lane& lane) {
    lane.waits.store(Lane::Wait::none, std::memory_order_relaxed);
    auto* worker = static_cast<Worker*>(lane.worker.load());
    if (worker == nullptr) return;
    std::scoped_lock lock(mutex_);
    worker->blocked = false;
    if (!worker->given_up) ++active_;
}

void Pool::give_up(Lane& lane) {
    auto* worker = static_cast<Worker*>(lane.worker.load());
    if (worker == nullptr) return;
    Task* own = worker->slot.exchange(nullptr, std::memory_order_acq_rel);
    std::scoped_lock lock(mutex_);
    if (!worker->given_up && !worker->gone) {
        worker->given_up = true;
        if (!worker->blocked) --active_;
    }
    growth_ = 1;  // what is run in its place is short
    if (own != nullptr) append(*own);
    make_room_for_tasks();
}

// Waits for as long as a worker may be needed again soon; called back, it is active again.
bool Pool::stand_by(Worker& worker, std::unique_lock<std::mutex>& lock) {
    Time until = after(run_.world.now(), patience);
    worker.spare = true;
    ++spare_;
    --active_;
    bool in_time = true;
    while (called_ == 0 && !stopping_ && in_time) in_time = run_.world.wait(standing_by_, lock, until);
    --spare_;
    if (called_ == 0) return false;
    --called_;
    worker.spare = false;
    return true;
}

// Every worker has been in one call since the last tick. Tasks in their slots become everybody's.
bool Pool::all_stuck() {
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

void Pool::grow() {
    std::uint32_t wanted = std::min(growth_, queued_.load(std::memory_order_relaxed));
    for (std::uint32_t i = 0; i < wanted; ++i) {
        std::size_t before = workers_.size();
        start_worker();
        // One that is in its first call at the next tick is as stuck as the others.
        if (workers_.size() > before) workers_.back()->turns_seen = 1;
    }
    growth_ = std::min(growth_ * 2, most_threads);
}

std::vector<World::Thread> Pool::ended() {
    std::vector<World::Thread> threads;
    std::erase_if(workers_, [&](std::unique_ptr<Worker>& worker) {
        if (worker->gone) threads.push_back(std::move(worker->thread));
        return worker->gone;
    });
    return threads;
}

bool Pool::tick() {
    std::vector<World::Thread> over;  // joined without the mutex
    std::scoped_lock lock(mutex_);
    over = ended();
    bool stuck = all_stuck(), waiting = first_ != nullptr;
    if (waiting && idle_ != 0) {
        run_.world.wake_one(wanted_);
    } else if (waiting && stuck) {
        grow();
    }
    return waiting || active_ != 0;
}

void Pool::stop() {
    std::vector<World::Thread> threads;
    {
        std::scoped_lock lock(mutex_);
        stopping_ = true;
        run_.world.wake_all(wanted_);
        run_.world.wake_all(standing_by_);
        for (auto& worker : workers_) {
            if (worker->given_up && !worker->gone) {
                worker->thread.detach();
            } else {
                threads.push_back(std::move(worker->thread));
            }
        }
    }
    threads.clear();
}

}  // namespace flowrun::engine
