#include "engine/fan.hh"

#include <memory>
#include <utility>
#include <vector>

#include "engine/run.hh"
#include "engine/task.hh"

namespace flowrun::engine {
namespace {

// Of the caller; lives on its stack.
struct Fan {
    Lane& caller;
    const queue::Meta* meta;
    const value::Node* message;
    Through through;
    trace::SpanId parent;
    Time deadline;
    std::uint32_t depth;
    std::size_t left = 0;  // guarded by the caller lane's mutex
};

void take(Fan& fan, Lane& lane, const Edge& edge, Branched& into) {
    lane.reply = {};
    into.status = fan.through(lane, edge, fan.meta, fan.message);
    if (into.status < 0) into.error = std::move(lane.error);
    into.reply = std::exchange(lane.reply, {});
}

class Branch final : public Task {
public:
    Branch(Fan& fan, const Edge& edge, Branched& into) : fan_(fan), edge_(edge), into_(into) {}

    void run(Lane& lane) override {
        lane.parent = fan_.parent;
        std::uint32_t depth = std::exchange(lane.depth, fan_.depth);
        lane.set_deadline(fan_.deadline);
        if (fan_.deadline != never) lane.run.watch.need();
        take(fan_, lane, edge_, into_);
        lane.set_deadline(never);
        lane.interrupt.store(lane.cancelled.load() ? 1 : 0);
        lane.depth = depth;
        lane.parent = 0;
        std::scoped_lock lock(fan_.caller.mutex);
        --fan_.left;
        ++fan_.caller.wakes;
        lane.run.world.wake_all(fan_.caller.woken);
    }
    void wake(Lane&) override {}

private:
    Fan& fan_;
    const Edge& edge_;
    Branched& into_;
};

void wait_for_all(Fan& fan) {
    Lane& lane = fan.caller;
    std::unique_lock lock(lane.mutex);
    if (fan.left == 0) return;
    lock.unlock();
    lane.run.pool.blocked(lane, Lane::Wait::branches);
    lock.lock();
    while (fan.left != 0) lane.run.world.wait(lane.woken, lock, never);
    lock.unlock();
    lane.run.pool.unblocked(lane);
}

}  // namespace

std::vector<Branched> fan_out(Lane& lane, const Outlet& outlet, const queue::Meta* meta, const value::Node* message,
                              Through through) {
    std::vector<Branched> results(outlet.edges.size());
    Fan fan{lane, meta, message, through, lane.parent, lane.deadline.load(std::memory_order_relaxed), lane.depth + 1};
    std::vector<std::unique_ptr<Branch>> branches;
    std::vector<std::size_t> here;
    bool first = true;
    for (std::size_t i = 0; i < outlet.edges.size(); ++i) {
        if (outlet.edges[i]->async || std::exchange(first, false)) {
            here.push_back(i);
        } else {
            branches.push_back(std::make_unique<Branch>(fan, *outlet.edges[i], results[i]));
        }
    }
    fan.left = branches.size();
    for (auto& branch : branches) lane.run.pool.post(*branch, nullptr);
    for (std::size_t i : here) take(fan, lane, *outlet.edges[i], results[i]);
    wait_for_all(fan);
    return results;
}

}  // namespace flowrun::engine
