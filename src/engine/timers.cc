#include "engine/timers.hh"

#include <algorithm>
#include <utility>

#include "engine/run.hh"
#include "engine/task.hh"

namespace flowrun::engine {

struct Timers::One final : Task {
    One(Timers& timers, std::uint32_t at) : of(timers), place(at) {}
    Timers& of;
    const std::uint32_t place;
    std::uint32_t use = 1;
    bool waits = false;
    flowrun_timer_fn fn = nullptr;
    void* user = nullptr;
    World::TimerId id = 0;

    Handle handle() const { return std::uint64_t{use} << 32 | place; }
    void run(Lane&) override {
        fn(user);
        std::scoped_lock lock(of.mutex_);
        of.give_back(*this);
    }
    void wake(Lane&) override {}
};

Timers::Timers(Run& run) : run_(run) {}
Timers::~Timers() = default;

Timers::One& Timers::free_one() {
    if (free_.empty()) return all_.emplace_back(*this, static_cast<std::uint32_t>(all_.size()));
    One& one = *free_.back();
    free_.pop_back();
    return one;
}

Timers::One* Timers::waiting(Handle handle) {
    const auto place = static_cast<std::uint32_t>(handle);
    if (place >= all_.size() || !all_[place].waits || all_[place].handle() != handle) return nullptr;
    return &all_[place];
}

// No handle is null.
void Timers::give_back(One& one) {
    one.use = std::max(one.use + 1, 1u);
    free_.push_back(&one);
}

flowrun_timer* Timers::start(Duration delay, flowrun_timer_fn fn, void* user) {
    Time when = after(run_.world.now(), std::max<Duration>(delay, 0));
    std::scoped_lock lock(mutex_);
    if (stopped_) return nullptr;
    One& one = free_one();
    one.fn = fn;
    one.user = user;
    one.waits = true;
    Handle handle = one.handle();
    one.id = run_.at(when, [this, handle] { due(handle); });
    return reinterpret_cast<flowrun_timer*>(static_cast<std::uintptr_t>(handle));
}

// By handle, since whoever cancels may have been here first.
void Timers::due(Handle handle) {
    One* one = nullptr;
    {
        std::scoped_lock lock(mutex_);
        one = waiting(handle);
        if (one == nullptr) return;
        one->waits = false;
    }
    run_.pool.post(*one, nullptr);
}

bool Timers::cancel(flowrun_timer* timer) {
    std::scoped_lock lock(mutex_);
    One* one = waiting(static_cast<Handle>(reinterpret_cast<std::uintptr_t>(timer)));
    if (one == nullptr) return false;
    // When its time has just come, due() finds nothing.
    run_.world.cancel(one->id);
    one->waits = false;
    give_back(*one);
    return true;
}

void Timers::stop() {
    std::vector<World::TimerId> all;
    {
        std::scoped_lock lock(mutex_);
        stopped_ = true;
        for (One& one : all_) {
            if (std::exchange(one.waits, false)) all.push_back(one.id);
        }
    }
    for (World::TimerId id : all) run_.world.cancel(id);
}

}  // namespace flowrun::engine
