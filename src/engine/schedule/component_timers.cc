#include "engine/schedule/component_timers.hh"

#include <algorithm>
#include <utility>

#include "engine/graph/guarded.hh"
#include "engine/schedule/task.hh"

namespace flowrun::engine {

struct ComponentTimers::One final : Task {
    One(ComponentTimers& timers, std::uint32_t at) : of(timers), place(at) {}
    ComponentTimers& of;
    const std::uint32_t place;
    std::uint32_t use = 1;
    bool waits = false;
    const Node* node = nullptr;
    flowrun_timer_fn fn = nullptr;
    void* user = nullptr;
    World::TimerId id = 0;

    Handle handle() const { return std::uint64_t{use} << 32 | place; }
    void run(Thread&) override {
        guarded_aside(*node, fn, user);
        MutexLock lock(of.mutex_);
        of.release_scratch(*this);
    }
};

ComponentTimers::ComponentTimers(Timers& timers, Scheduler& scheduler) : timers_(timers), scheduler_(scheduler) {}
ComponentTimers::~ComponentTimers() = default;

ComponentTimers::One& ComponentTimers::free_one() {
    if (free_.empty()) return all_.emplace_back(*this, static_cast<std::uint32_t>(all_.size()));
    One& one = *free_.back();
    free_.pop_back();
    return one;
}

ComponentTimers::One* ComponentTimers::waiting(Handle handle) {
    const auto place = static_cast<std::uint32_t>(handle);
    if (place >= all_.size() || !all_[place].waits || all_[place].handle() != handle) return nullptr;
    return &all_[place];
}

// No handle is null.
void ComponentTimers::release_scratch(One& one) {
    one.use = std::max(one.use + 1, 1u);
    free_.push_back(&one);
}

flowrun_timer* ComponentTimers::start(const Node& node, Duration delay, flowrun_timer_fn fn, void* user) {
    Time when = after(timers_.now(), std::max<Duration>(delay, 0));
    MutexLock lock(mutex_);
    if (stopped_) return nullptr;
    One& one = free_one();
    one.node = &node;
    one.fn = fn;
    one.user = user;
    one.waits = true;
    Handle handle = one.handle();
    one.id = timers_.at(when, [this, handle] { due(handle); });
    return reinterpret_cast<flowrun_timer*>(static_cast<std::uintptr_t>(handle));
}

// By handle, since whoever cancels may have been here first.
void ComponentTimers::due(Handle handle) {
    One* one = nullptr;
    {
        MutexLock lock(mutex_);
        one = waiting(handle);
        if (one == nullptr) return;
        one->waits = false;
    }
    scheduler_.post(*one, nullptr);
}

bool ComponentTimers::cancel(flowrun_timer* timer) {
    MutexLock lock(mutex_);
    One* one = waiting(static_cast<Handle>(reinterpret_cast<std::uintptr_t>(timer)));
    if (one == nullptr) return false;
    // When its time has just come, due() finds nothing.
    timers_.cancel(one->id);
    one->waits = false;
    release_scratch(*one);
    return true;
}

void ComponentTimers::stop() {
    std::vector<World::TimerId> all;
    {
        MutexLock lock(mutex_);
        stopped_ = true;
        for (One& one : all_) {
            if (std::exchange(one.waits, false)) all.push_back(one.id);
        }
    }
    for (World::TimerId id : all) timers_.cancel(id);
}

}  // namespace flowrun::engine
