#include "base/virtual.hh"

#include <algorithm>
#include <cassert>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "base/timer_queue.hh"

namespace flowrun {
namespace {

// A thread's place in the game.
struct Player {
    std::condition_variable turn;
    bool has_baton = false;
    Condition* waits_on = nullptr;
    bool timed_out = false;
};

thread_local Player* self = nullptr;

constexpr std::int64_t first_day = 1'767'225'600'000'000'000;  // 2026-01-01T00:00:00Z

}  // namespace

// A thread that has the baton takes the mutex only for a moment.
struct Virtual::State {
    Mutex mutex{LockRank::world};  // also of all players, and of who waits on a condition
    std::mt19937_64 random GUARDED_BY(mutex);
    std::function<void()> stuck;
    Time now GUARDED_BY(mutex) = 1;
    std::uint64_t turns GUARDED_BY(mutex) = 0;
    std::vector<Player*> runnable GUARDED_BY(mutex);
    std::multimap<Time, Player*> sleepers GUARDED_BY(mutex);
    TimerQueue timers GUARDED_BY(mutex);
    std::vector<Job> due GUARDED_BY(mutex);
    Player keeper;  // runs timers' jobs
    bool keeper_idle GUARDED_BY(mutex) = true, over GUARDED_BY(mutex) = false;
    std::thread keeper_thread;
    Player first;

    explicit State(std::uint64_t seed) : random(seed) {}

    void make_runnable(Player& player) REQUIRES(mutex) { runnable.push_back(&player); }

    void forget_sleep(Player& player) REQUIRES(mutex) {
        for (auto at = sleepers.begin(); at != sleepers.end(); ++at) {
            if (at->second == &player) {
                sleepers.erase(at);
                return;
            }
        }
    }

    // Nobody can run: time goes on to whatever is first.
    bool advance() REQUIRES(mutex) {
        Time next = never;
        if (!sleepers.empty()) next = sleepers.begin()->first;
        next = std::min(next, timers.first());
        if (next == never) return false;
        now = std::max(now, next);
        while (!sleepers.empty() && sleepers.begin()->first <= now) {
            Player& player = *sleepers.begin()->second;
            sleepers.erase(sleepers.begin());
            player.timed_out = true;
            if (player.waits_on != nullptr) player.waits_on->waiting_.remove(&player);
            player.waits_on = nullptr;
            make_runnable(player);
        }
        while (timers.first() <= now) due.push_back(timers.take_first());
        wake_keeper();
        return true;
    }

    void wake_keeper() REQUIRES(mutex) {
        if (due.empty() || !keeper_idle) return;
        keeper_idle = false;
        make_runnable(keeper);
    }

    // The caller has the baton and does not go on: somebody else gets it.
    void pass() REQUIRES(mutex) {
        while (runnable.empty()) {
            if (advance()) continue;
            if (over) return;
            mutex.unlock();
            if (stuck) stuck();
            std::fputs("virtual world: every thread waits for ever\n", stderr);
            std::abort();
        }
        std::size_t drawn = random() % runnable.size();
        Player& next = *runnable[drawn];
        runnable[drawn] = runnable.back();
        runnable.pop_back();
        ++turns;
        next.has_baton = true;
        next.turn.notify_one();
    }

    void await_baton(MutexLock& lock, Player& player) REQUIRES(mutex) {
        while (!player.has_baton) player.turn.wait(MutexLock::Lent(lock).lock());
    }

    void hand_over(MutexLock& lock, Player& player) REQUIRES(mutex) {
        player.has_baton = false;
        pass();
        await_baton(lock, player);
    }

    void keep_time() {
        self = &keeper;
        MutexLock lock(mutex);
        for (;;) {
            while (!keeper.has_baton && !over) keeper.turn.wait(MutexLock::Lent(lock).lock());
            if (over) return;
            std::vector<Job> jobs = std::exchange(due, {});
            lock.unlock();
            for (Job& job : jobs) job();
            jobs.clear();
            lock.lock();
            if (!due.empty()) continue;
            keeper_idle = true;
            keeper.has_baton = false;
            pass();
        }
    }
};

struct Virtual::Handle final : Thread::Handle {
    Virtual& world;
    std::thread thread;
    // Outlive a detached handle: the thread holds them too.
    struct End {
        Mutex mutex{LockRank::thread_end};
        Condition reached;
        bool over GUARDED_BY(mutex) = false;
    };
    std::shared_ptr<End> end = std::make_shared<End>();

    explicit Handle(Virtual& w) : world(w) {}
    void join() override {
        if (!thread.joinable()) return;
        {
            MutexLock lock(end->mutex);
            while (!end->over) world.wait(end->reached, lock, never);
        }
        thread.join();
    }
    void detach() override { thread.detach(); }
};

Virtual::Virtual(std::uint64_t seed, std::function<void()> stuck) : state_(std::make_unique<State>(seed)) {
    state_->stuck = std::move(stuck);
    state_->first.has_baton = true;
    self = &state_->first;
    state_->keeper_thread = std::thread([state = state_.get()] { state->keep_time(); });
}

Virtual::~Virtual() {
    {
        MutexLock lock(state_->mutex);
        state_->over = true;
        state_->keeper.turn.notify_one();
    }
    state_->keeper_thread.join();
    self = nullptr;
}

Time Virtual::now() {
    MutexLock lock(state_->mutex);
    return state_->now;
}

std::int64_t Virtual::wall() { return first_day + now(); }

std::uint64_t Virtual::turns() const {
    MutexLock lock(state_->mutex);
    return state_->turns;
}

World::Thread Virtual::start(std::string, Job job) {
    auto handle = std::make_unique<Handle>(*this);
    auto player = std::make_unique<Player>();
    Player* place = player.get();
    MutexLock lock(state_->mutex);
    state_->make_runnable(*place);
    handle->thread = std::thread(
        [this, state = state_.get(), player = std::move(player), job = std::move(job), end = handle->end]() mutable {
            self = player.get();
            {
                MutexLock waiting(state->mutex);
                state->await_baton(waiting, *player);
            }
            job();
            job = nullptr;
            {
                MutexLock ending(end->mutex);
                end->over = true;
                wake_all(end->reached);
            }
            MutexLock leaving(state->mutex);
            player->has_baton = false;
            state->pass();
        });
    return Thread(std::move(handle));
}

bool Virtual::wait(Condition& condition, std::unique_lock<std::mutex>& lock, Time until) {
    assert(self != nullptr);
    Player& player = *self;
    {
        MutexLock inner(state_->mutex);
        player.timed_out = false;
        if (until <= state_->now) {
            // Even a wait that is over at once lets others go first.
            state_->make_runnable(player);
            player.timed_out = true;
        } else {
            player.waits_on = &condition;
            condition.waiting_.push_back(&player);
            if (until != never) state_->sleepers.emplace(until, &player);
        }
        lock.unlock();
        state_->hand_over(inner, player);
    }
    lock.lock();
    return !player.timed_out;
}

void Virtual::wake_one(Condition& condition) {
    MutexLock lock(state_->mutex);
    if (condition.waiting_.empty()) return;
    auto& player = *static_cast<Player*>(condition.waiting_.front());
    condition.waiting_.pop_front();
    player.waits_on = nullptr;
    state_->forget_sleep(player);
    state_->make_runnable(player);
}

void Virtual::wake_all(Condition& condition) {
    MutexLock lock(state_->mutex);
    for (void* waiting : condition.waiting_) {
        auto& player = *static_cast<Player*>(waiting);
        player.waits_on = nullptr;
        state_->forget_sleep(player);
        state_->make_runnable(player);
    }
    condition.waiting_.clear();
}

World::TimerId Virtual::at(Time when, Job job) {
    MutexLock lock(state_->mutex);
    if (when > state_->now) return state_->timers.add(when, std::move(job));
    state_->due.push_back(std::move(job));
    state_->wake_keeper();
    return ~TimerId{0};  // due: it cannot be cancelled any more
}

bool Virtual::cancel(TimerId timer) {
    MutexLock lock(state_->mutex);
    return state_->timers.remove(timer);
}

World::WatchId Virtual::watch(int, bool, Job job) { return at(now(), std::move(job)); }
bool Virtual::unwatch(WatchId id) { return cancel(id); }

void Virtual::step() {
    MutexLock lock(state_->mutex);
    constexpr std::uint64_t odds = 4;  // one step in so many gives the baton away
    if (self == nullptr || state_->runnable.empty() || state_->random() % odds != 0) return;
    state_->make_runnable(*self);
    state_->hand_over(lock, *self);
}

}  // namespace flowrun
