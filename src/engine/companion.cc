#include "engine/companion.hh"

#include <utility>

#include <fmt/core.h>

#include "engine/run.hh"

namespace flowrun::engine {

// Owns what the call needs, since it may outlive its emitter's patience.
struct Companion::Job {
    const Edge* edge = nullptr;
    queue::Meta meta;
    value::Value message;
    Entry entry;
    trace::SpanId parent = 0;
    Time deadline = never;
    std::uint32_t depth = 0;

    std::int32_t status = 0;  // the result
    std::unique_ptr<Error> error;
    value::Value reply;
    bool claimed = false;
};

struct Companion::Desk {
    explicit Desk(Run& of) : run(of) {}
    Run& run;
    World::Thread thread;

    std::mutex mutex;  // guards the rest
    Condition called, answered;
    std::unique_ptr<Job> job;  // to be done, being done, or done
    Lane* lane = nullptr;      // the thread's own
    bool done = false, given_up = false, closed = false;
};

Companion::Companion(Run& run) : desk_(std::make_shared<Desk>(run)) {
    desk_->thread = run.world.start("flowrun-aside", [desk = desk_] { serve(desk); });
}

Companion::~Companion() {
    World::Thread thread;
    bool stuck = false;
    {
        std::scoped_lock lock(desk_->mutex);
        desk_->closed = true;
        stuck = desk_->given_up;
        thread = std::move(desk_->thread);
        desk_->run.world.wake_one(desk_->called);
    }
    if (stuck) thread.detach();
}

void Companion::serve(std::shared_ptr<Desk> desk) {
    Run& run = desk->run;
    Lane& lane = run.new_lane();
    run.use_here(lane);
    std::unique_lock lock(desk->mutex);
    desk->lane = &lane;
    for (;;) {
        while (!desk->closed && (!desk->job || desk->done)) run.world.wait(desk->called, lock, never);
        if (!desk->job || desk->done) return;
        Job& job = *desk->job;
        lock.unlock();
        lane.parent = job.parent;
        lane.depth = job.depth;
        lane.set_deadline(job.deadline);
        job.status = hop(lane, *job.edge, &job.meta, job.message.get(), job.entry);
        lane.set_deadline(never);
        lane.interrupt.store(lane.cancelled.load() ? 1 : 0);
        job.error = std::move(lane.error);
        job.reply = std::exchange(lane.reply, {});
        job.claimed = lane.claimed;
        lock.lock();
        desk->done = true;
        if (desk->given_up) {
            desk->job.reset();
            run.hung.fetch_sub(1);
            run.progress();
            return;
        }
        run.world.wake_one(desk->answered);
    }
}

std::int32_t Companion::too_many_hung(Lane& lane, const Edge& edge) {
    return failing(lane, Code::unavailable,
                   fmt::format("{} calls have been given up and have not returned; no more are begun", most_hung),
                   edge.to);
}

std::int32_t Companion::call(Lane& lane, const Edge& edge, const queue::Meta* meta, const value::Node* message,
                             const Entry& entry) {
    Run& run = lane.run;
    if (run.hung.load() >= most_hung) return too_many_hung(lane, edge);
    auto job = std::make_unique<Job>();
    job->edge = &edge;
    job->meta = meta != nullptr ? *meta : queue::Meta{};
    job->message = value::Value::keep(*message);
    job->entry = entry;
    job->parent = lane.parent;
    job->deadline = lane.deadline.load(std::memory_order_relaxed);
    job->depth = lane.depth;
    if (!lane.companion) lane.companion = std::make_unique<Companion>(run);
    std::shared_ptr<Desk> desk = lane.companion->desk_;

    run.pool.blocked(lane, Lane::Wait::answer);
    std::unique_lock lock(desk->mutex);
    desk->job = std::move(job);
    desk->done = false;
    run.world.wake_one(desk->called);
    // The callee's own waits end at the deadline; it gets a moment to say so itself.
    constexpr Duration grace = 15 * millisecond;
    Time until = after(std::min(entry.expires, lane.deadline.load()), grace);
    while (!desk->done && run.world.now() < until && !lane.cancelled.load()) {
        run.world.wait(desk->answered, lock, std::min(until, after(run.world.now(), 100 * millisecond)));
    }
    std::int32_t status = FLOWRUN_OK;
    if (desk->done) {
        std::unique_ptr<Job> finished = std::move(desk->job);
        lock.unlock();
        status = finished->status;
        lane.error = std::move(finished->error);
        lane.reply = std::move(finished->reply);
        lane.claimed = finished->claimed;
    } else {
        desk->given_up = true;
        run.hung.fetch_add(1);
        if (desk->lane != nullptr) {
            desk->lane->abandoned.store(true);
            desk->lane->interrupt.store(1);
            desk->lane->wake();
        }
        lock.unlock();
        lane.companion.reset();
        Duration took = edge.spec->timeout != 0 ? edge.spec->timeout : edge.spec->deadline;
        status = failing(
            lane, Code::timeout,
            fmt::format("no answer within {}ms on {}; '{}' still runs", took / millisecond, edge.name, edge.to->name),
            edge.to);
    }
    run.pool.unblocked(lane);
    return status;
}

}  // namespace flowrun::engine
