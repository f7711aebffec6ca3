#include "engine/pool.hh"

#include <algorithm>

#include "engine/lane.hh"
#include "engine/pump.hh"
#include "engine/run.hh"

namespace flowrun::engine {

struct Pool::Worker {
    Lane* lane = nullptr;
    std::atomic<Task*> slot{nullptr};     // to be run next by this worker; others may take it
    std::atomic<std::uint64_t> turns{0};  // tasks begun
    std::uint64_t turns_seen = 0;         // by the last tick; guarded by the pool's mutex
    bool blocked = false, idle = false, gone = false, given_up = false;  // guarded by the pool's mutex
    World::Thread thread;
};

Pool::Pool(Run& run, unsigned cores) : run_(run), cores_(std::max(cores, 1u)) {}
Pool::~Pool() = default;

void Pool::post(Task& task, Lane* from) {
    auto* worker = from == nullptr ? nullptr : static_cast<Worker*>(from->worker.load());
    if (worker != nullptr) {
        // It runs next what it has just woken; what lay in the slot before goes to the others.
        Task* before = worker->slot.exchange(&task, std::memory_order_acq_rel);
        if (before == nullptr) return;
        std::scoped_lock lock(mutex_);
        append(*before);
        make_room_for_tasks();
        return;
    }
    std::scoped_lock lock(mutex_);
    append(task);
    make_room_for_tasks();
}

void Pool::append(Task& task) {
    task.next_ = nullptr;
    (last_ == nullptr ? first_ : last_->next_) = &task;
    last_ = &task;
    queued_.fetch_add(1, std::memory_order_relaxed);
}

void Pool::make_room_for_tasks() {
    if (first_ == nullptr) return;
    if (idle_ != 0) {
        run_.world.wake_one(wanted_);
    } else if (active_ < cores_) {
        start_worker();
    }
    run_.watch.need();
}

void Pool::start_worker() {
    if (alive_.load(std::memory_order_relaxed) >= most_threads) return;
    auto worker = std::make_unique<Worker>();
    Worker& started = *worker;
    workers_.push_back(std::move(worker));
    ++active_;
    unsigned alive = alive_.fetch_add(1) + 1;
    if (alive > peak_.load()) peak_.store(alive);
    started.thread = run_.world.start("flowrun-pool", [this, &started] { work(started); });
}

void Pool::work(Worker& worker) {
    Lane& lane = run_.new_lane();
    lane.worker = &worker;
    run_.use_here(lane);
    {
        std::scoped_lock lock(mutex_);
        worker.lane = &lane;
    }
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
    if (!worker.given_up) --active_;
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
    std::unique_lock lock(mutex_);
    for (;;) {
        if (worker.given_up) return nullptr;
        if (Task* task = take_first()) return task;
        if (Task* own = worker.slot.exchange(nullptr, std::memory_order_acq_rel)) return own;
        if (Task* others = steal()) return others;
        if (stopping_ || active_ > cores_) return nullptr;
        ++idle_;
        --active_;
        worker.idle = true;
        run_.world.wait(wanted_, lock, never);
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
    if (own != nullptr) append(*own);
    make_room_for_tasks();
}

bool Pool::tick() {
    std::scoped_lock lock(mutex_);
    bool stuck = true, waiting = first_ != nullptr;
    for (auto& worker : workers_) {
        if (worker->gone || worker->given_up || worker->blocked || worker->idle) continue;
        std::uint64_t turns = worker->turns.load(std::memory_order_relaxed);
        bool same = turns == worker->turns_seen && turns != 0;
        worker->turns_seen = turns;
        if (!same) {
            stuck = false;
        } else if (Task* task = worker->slot.exchange(nullptr, std::memory_order_acq_rel)) {
            append(*task);
            waiting = true;
        }
    }
    if (waiting && idle_ != 0) {
        run_.world.wake_one(wanted_);
    } else if (waiting && stuck) {
        start_worker();
    }
    return waiting || active_ != 0;
}

void Pool::stop() {
    std::vector<World::Thread> threads;
    {
        std::scoped_lock lock(mutex_);
        stopping_ = true;
        run_.world.wake_all(wanted_);
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
