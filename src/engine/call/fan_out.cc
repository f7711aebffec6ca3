#include "engine/call/fan_out.hh"

#include <memory>
#include <utility>

#include "engine/call/enter.hh"
#include "engine/call/run_context.hh"
#include "engine/schedule/task.hh"

namespace flowrun::engine {
namespace {

// Of the caller; lies on its stack.
struct Fan {
    ThreadContext& caller;
    const queue::Meta* meta;
    const value::Node* message;
    trace::SpanId parent;
    Thread::Deadline deadline;
    std::uint32_t depth;
    std::size_t left GUARDED_BY(caller.mutex) = 0;
};

class Branch final : public Task {
public:
    // Holds a unit of the target's part: the caller may be abandoned before the branch has begun.
    Branch(Fan& fan, const Edge& edge, CallResult& into)
        : fan_(fan), edge_(edge), into_(into), part_(fan.caller.run.part_of(*edge.to)) {
        part_.enter();
    }

    void run(Thread& on) override {
        ThreadContext& thread = context_of(on);
        thread.parent = fan_.parent;
        const std::uint32_t depth = std::exchange(thread.depth, fan_.depth);
        thread.swap_deadline(fan_.deadline);
        if (fan_.deadline.at != never) thread.run.watchdog.need();
        into_ = edge_.take(thread, edge_, fan_.meta, fan_.message, {});
        thread.swap_deadline({});
        thread.review_interrupt();
        thread.depth = depth;
        thread.parent = 0;
        let_go();
        MutexLock lock(fan_.caller.mutex);
        --fan_.left;
        thread.world.wake_all(fan_.caller.woken);
    }

    void let_go() { part_.leave(); }

private:
    Fan& fan_;
    const Edge& edge_;
    CallResult& into_;
    InFlight& part_;
};

void wait_for_all(Fan& fan) {
    ThreadContext& thread = fan.caller;
    MutexLock lock(fan.caller.mutex);
    if (fan.left == 0) return;
    lock.unlock();
    thread.run.scheduler.blocked(thread, Thread::Wait::branches);
    lock.lock();
    while (fan.left != 0) thread.world.wait(thread.woken, lock, never);
    lock.unlock();
    thread.run.scheduler.unblocked(thread);
}

}  // namespace

std::vector<CallResult> fan_out(ThreadContext& thread, const Outlet& outlet, const queue::Meta* meta,
                                const value::Node* message) {
    std::vector<CallResult> results(outlet.edges.size());
    Fan fan{thread, meta, message, thread.parent, {thread.deadline(), thread.allowed()}, thread.depth + 1};
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
    // The branches' threads know nothing of what has become of the caller: it looks for them, each having its unit by now.
    if (thread.interrupt.load() != 0) {
        if (CallResult why = interrupted(thread); why.failed()) {
            for (auto& branch : branches) branch->let_go();
            for (CallResult& result : results) result = CallResult(std::make_unique<Error>(*why.error));
            return results;
        }
    }
    {
        MutexLock lock(fan.caller.mutex);
        fan.left = branches.size();
    }
    for (auto& branch : branches) thread.run.scheduler.post(*branch, nullptr);
    for (std::size_t i : here) results[i] = outlet.edges[i]->take(thread, *outlet.edges[i], meta, message, {});
    wait_for_all(fan);
    return results;
}

}  // namespace flowrun::engine
