#pragma once
// One of the deliveries that an edge may have in flight: a message, or a batch of them, with all its attempts. Between
// messages it rests with its crew, which owns it.

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/backlog.hh"
#include "engine/hops.hh"
#include "engine/task.hh"
#include "engine/ticket.hh"

namespace flowrun::engine {

class Crew;

class Delivery final : public Task, private Continuation {
public:
    explicit Delivery(Crew& crew) : crew_(crew) {}

    void run(Lane& lane) override;
    void wake(Lane&) override {}

    // By the watch, with the lane's mutex held: the attempt on that lane has had its time and a moment more. Its result
    // will count no more; another delivery goes on in its place, which is given back to be run.
    Delivery& give_up(Lane& lane);

    static constexpr Duration grace = 15 * millisecond;  // for a callee's own waits to end at the deadline and say so

private:
    friend class Crew;

    // What came of one parcel in an attempt.
    struct Result {
        std::int32_t status = 0;
        bool asked = false;    // the target's error route has been asked
        bool claimed = false;  // and has taken it
        std::unique_ptr<Error> error;
    };

    Delivery* turn(Lane& lane);
    bool begin();
    void end();
    std::int32_t attempt(Lane& lane);
    std::int32_t attempt_one(Lane& lane);
    std::int32_t attempt_list(Lane& lane);
    std::int32_t attempt_each(Lane& lane);
    void expire(Lane& lane);
    void time_out(Lane& lane);
    Entry entry_of(Lane& lane) const;
    void keep_result(Lane& lane, std::int32_t status, bool asked);
    void settle(Lane& lane, Parcel& parcel, Result& result);
    bool finish(Lane& lane);
    bool again(Lane& lane, const Parcel& parcel, Result& result);
    void returned_late(Lane& lane);
    bool detaching(Lane& lane) override;
    void result(Lane& lane, std::int32_t status) override;

    Crew& crew_;
    Parcels parcels_;
    std::vector<Result> results_;  // of the last attempt, by parcel
    std::uint32_t attempt_ = 1;
    Time next_try_ = 0;       // of those that are left after an attempt
    Time expires_ = never;    // of the attempt in progress
    Time begun_ = 0;          // of that, where it is traced
    bool claims_ = false;     // of that: its failure goes to the error route within the hop
    bool timed_out_ = false;  // it stands for an attempt that was given up
    bool abandoned_ = false;  // guarded by the mutex of the lane it runs on
    bool executing_ = false;  // counted as such by the crew
    // The crew's, under its mutex:
    bool hired_ = false;  // has been posted and has not yet taken anything
    World::TimerId backoff_ = 0;
};

}  // namespace flowrun::engine
