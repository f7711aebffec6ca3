#include "engine/timers.hh"

#include <algorithm>
#include <utility>

#include "engine/run.hh"
#include "engine/task.hh"

namespace flowrun::engine {

struct Timers::One final : Task {
    flowrun_timer_fn fn = nullptr;
    void* user = nullptr;
    World::TimerId id = 0;

    void run(Lane&) override {
        fn(user);
        delete this;
    }
    void wake(Lane&) override {}
};

Timers::Timers(Run& run) : run_(run) {}
Timers::~Timers() = default;

flowrun_timer* Timers::start(Duration delay, flowrun_timer_fn fn, void* user) {
    auto one = std::make_unique<One>();
    one->fn = fn;
    one->user = user;
    Time when = after(run_.world.now(), std::max<Duration>(delay, 0));
    std::scoped_lock lock(mutex_);
    if (stopped_) return nullptr;
    std::uint64_t number = ++numbers_;
    one->id = run_.at(when, [this, number] { due(number); });
    waiting_.emplace(number, std::move(one));
    return reinterpret_cast<flowrun_timer*>(static_cast<std::uintptr_t>(number));
}

// By number, since whoever cancels may have been here first.
void Timers::due(std::uint64_t number) {
    std::unique_ptr<One> found;
    {
        std::scoped_lock lock(mutex_);
        auto at = waiting_.find(number);
        if (at == waiting_.end()) return;
        found = std::move(at->second);
        waiting_.erase(at);
    }
    run_.pool.post(*found.release(), nullptr);
}

bool Timers::cancel(flowrun_timer* timer) {
    auto number = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(timer));
    std::unique_ptr<One> found;
    std::scoped_lock lock(mutex_);
    auto at = waiting_.find(number);
    if (at == waiting_.end()) return false;
    // When its time has just come, due() finds nothing.
    run_.world.cancel(at->second->id);
    found = std::move(at->second);
    waiting_.erase(at);
    return true;
}

void Timers::stop() {
    std::unordered_map<World::TimerId, std::unique_ptr<One>> all;
    {
        std::scoped_lock lock(mutex_);
        stopped_ = true;
        all.swap(waiting_);
    }
    for (auto& [number, one] : all) run_.world.cancel(one->id);
}

}  // namespace flowrun::engine
