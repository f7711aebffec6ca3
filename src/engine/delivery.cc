#include "engine/delivery.hh"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "engine/attempts.hh"
#include "engine/batch.hh"
#include "engine/companion.hh"
#include "engine/crew.hh"
#include "engine/route.hh"
#include "engine/run.hh"
#include "engine/steps.hh"
#include "engine/visit.hh"
#include "value/json.hh"

namespace flowrun::engine {

void Delivery::run(Lane& lane) {
    constexpr unsigned turns = 64;  // messages or batches at most
    Delivery* at = this;
    for (unsigned done = 0; done < turns && at != nullptr; ++done) at = at->turn(lane);
    if (at != nullptr) crew_.run_.pool.post(*at, &lane);
}

// Who goes on: itself, or another in its place; nullptr: nobody.
Delivery* Delivery::turn(Lane& lane) {
    if (parcels_.empty() && !crew_.fill(*this)) return nullptr;
    crew_.run_.step();
    if (!begin()) return nullptr;
    std::int32_t status = timed_out_ ? (time_out(lane), FLOWRUN_OK) : attempt(lane);
    if (status == FLOWRUN_PENDING) return crew_.successor();
    if (lane.abandoned.load(std::memory_order_acquire)) return returned_late(lane), nullptr;
    bool whole = finish(lane);
    end();
    if (!whole) return crew_.back_off(*this), nullptr;
    return this;
}

// From here on a cancelled run waits for it; one that has been cancelled before leaves its messages where they are.
bool Delivery::begin() {
    if (!std::exchange(executing_, true)) crew_.executing_.fetch_add(1, std::memory_order_seq_cst);
    if (timed_out_ || !crew_.run_.cancelled.load()) return true;
    end();
    return false;
}

void Delivery::end() {
    executing_ = false;
    crew_.executing_.fetch_sub(1, std::memory_order_seq_cst);
    if (crew_.run_.cancelled.load()) crew_.run_.progress();
}

// Takes the attempt and leaves a result for each parcel; PENDING: it comes later.
std::int32_t Delivery::attempt(Lane& lane) {
    results_.resize(parcels_.size());
    expire(lane);
    if (parcels_.empty()) return FLOWRUN_OK;
    const Edge& edge = crew_.edge_;
    if (edge.foreign && crew_.run_.hung.load() >= Companion::most_hung) {
        keep_result(lane, Companion::too_many_hung(lane, edge), false);
        return FLOWRUN_OK;
    }
    expires_ = entry_of(lane).expires;
    if (crew_.run_.observer != nullptr) begun_ = crew_.run_.world.now();
    if (edge.foreign) lane.take_charge(this, after(expires_, grace));
    std::int32_t status = FLOWRUN_OK;
    if (edge.spec->batch_max == 1) {
        status = attempt_one(lane);
    } else {
        status = edge.to->table.handle_batch != nullptr ? attempt_each(lane) : attempt_list(lane);
    }
    if (status == FLOWRUN_PENDING) return status;
    if (edge.foreign) lane.leave_charge();
    return FLOWRUN_OK;
}

Entry Delivery::entry_of(Lane& lane) const {
    const flow::EdgeSpec& spec = *crew_.edge_.spec;
    Entry entry;
    entry.attempt = true;
    entry.claims = false;
    entry.number = attempt_;
    entry.expires = spec.timeout == 0 ? never : after(lane.run.watch.now(), spec.timeout);
    for (const auto& parcel : parcels_) entry.expires = std::min(entry.expires, parcel->last);
    return entry;
}

std::int32_t Delivery::attempt_one(Lane& lane) {
    const Parcel& parcel = *parcels_.front();
    Entry entry = entry_of(lane);
    // Where the watch has charge of the attempt its error route comes after it: that has no part in the time.
    entry.claims = claims_ = !crew_.edge_.foreign && attempt_ >= crew_.edge_.spec->retry.attempts;
    entry.expires = expires_;
    entry.queued = parcel.item.queued;
    entry.then = this;
    lane.parent = parcel.item.meta.parent;
    lane.claimed = false;
    std::int32_t status = hop(lane, crew_.edge_, &parcel.item.meta, parcel.item.body.get(), entry);
    lane.parent = 0;
    if (status != FLOWRUN_PENDING) keep_result(lane, status, claims_);
    return status;
}

// A component that takes one message at a time gets the batch as a list, under the first one's name.
std::int32_t Delivery::attempt_list(Lane& lane) {
    Entry entry = entry_of(lane);
    entry.expires = expires_;
    entry.then = this;
    claims_ = false;
    entry.queued = parcels_.front()->item.queued;
    const queue::Meta& meta = parcels_.front()->item.meta;
    lane.parent = meta.parent;
    value::Value list = list_of(parcels_);
    std::int32_t status =
        list ? hop(lane, crew_.edge_, &meta, list.get(), entry)
             : failing(lane, Code::invalid, fmt::format("batch: {}", value::too_deep), crew_.edge_.from);
    lane.parent = 0;
    if (status != FLOWRUN_PENDING) keep_result(lane, status, claims_);
    return status;
}

std::int32_t Delivery::attempt_each(Lane& lane) {
    Entry entry = entry_of(lane);
    entry.expires = expires_;
    handle_batch(lane, crew_.edge_, parcels_, entry, [&](std::size_t i, std::int32_t status) {
        Result& result = results_[i];
        result = {status, false, false, status < 0 ? std::move(lane.error) : nullptr};
    });
    return FLOWRUN_OK;
}

// Of a whole attempt: the same for each of its parcels.
void Delivery::keep_result(Lane& lane, std::int32_t status, bool asked) {
    std::unique_ptr<Error> error = std::move(lane.error);
    for (Result& result : results_) {
        result.status = status;
        result.asked = asked;
        result.claimed = status >= 0 && lane.claimed;
        if (status < 0) result.error = std::make_unique<Error>(*error);
    }
    lane.claimed = false;
    lane.reply = {};
}

// What has waited in the queue past its deadline fails without entering the node.
void Delivery::expire(Lane& lane) {
    Time now = crew_.edge_.spec->deadline == 0 ? 0 : lane.run.world.now();
    auto late = [&](const std::unique_ptr<Parcel>& parcel) { return parcel->last <= now; };
    if (std::none_of(parcels_.begin(), parcels_.end(), late)) return;
    Parcels in_time;
    std::swap(in_time, parcels_);
    auto first_late = std::stable_partition(in_time.begin(), in_time.end(), [&](auto& p) { return !late(p); });
    parcels_.assign(std::make_move_iterator(first_late), std::make_move_iterator(in_time.end()));
    in_time.erase(first_late, in_time.end());
    results_.clear();
    results_.resize(parcels_.size());
    failing(lane, Code::timeout, fmt::format("its deadline passed before a delivery on {} began", crew_.edge_.name),
            crew_.edge_.to);
    keep_result(lane, static_cast<std::int32_t>(Code::timeout), false);
    for (std::size_t i = 0; i < parcels_.size(); ++i) settle(lane, *parcels_[i], results_[i]);
    crew_.done(*this);
    parcels_ = std::move(in_time);
    results_.resize(parcels_.size());
}

// In the place of an attempt that was given up.
void Delivery::time_out(Lane& lane) {
    timed_out_ = false;
    const Edge& edge = crew_.edge_;
    Duration allowed = edge.spec->timeout != 0 ? edge.spec->timeout : edge.spec->deadline;
    results_.resize(parcels_.size());
    failing(lane, Code::timeout,
            fmt::format("no answer within {} on {}; '{}' still runs", duration(allowed), edge.name, edge.to->name),
            edge.to);
    if (crew_.run_.observer != nullptr) {
        for (const auto& parcel : parcels_) {
            write_given_up(lane, edge, parcel->item.meta, begun_, parcel->item.queued, attempt_);
        }
    }
    keep_result(lane, static_cast<std::int32_t>(Code::timeout), false);
}

// True: it is free for what is next. False: some of it is tried again later.
bool Delivery::finish(Lane& lane) {
    next_try_ = 0;
    bool any = false;
    for (std::size_t i = 0; i < parcels_.size(); ++i) {
        Result& result = results_[i];
        if (result.status < 0 && again(lane, *parcels_[i], result)) {
            any = true;
        } else {
            settle(lane, *parcels_[i], result);
        }
    }
    crew_.done(*this);
    if (!any) return true;
    ++attempt_;
    return false;
}

// Whether a failed one is to be tried again; next_try_ goes up to the time at which. Those of one batch go together.
bool Delivery::again(Lane& lane, const Parcel& parcel, Result& result) {
    Run& run = crew_.run_;
    const flow::EdgeSpec& spec = *crew_.edge_.spec;
    Error& error = *result.error;
    error.attempts = std::max(error.attempts, attempt_);
    if (attempt_ >= spec.retry.attempts || !run.retries()) return false;
    lane.error = std::move(result.error);
    bool worth = worth_retrying(lane, crew_.edge_, &parcel.item.meta, parcel.item.body.get()) > 0;
    result.error = std::move(lane.error);
    if (!worth) return false;
    Time at = after(run.world.now(), backoff(spec.retry, attempt_, *result.error, lane.random()));
    if (at >= parcel.last) return false;
    next_try_ = std::max(next_try_, at);
    add(lane.counts[crew_.edge_.index].retried);
    return true;
}

// The final result of one message: its error route, where it has failed and no attempt has asked that, and the account.
void Delivery::settle(Lane& lane, Parcel& parcel, Result& result) {
    const Edge& edge = crew_.edge_;
    lane.claimed = result.claimed;
    if (result.status < 0) {
        lane.error = std::move(result.error);
        if (!result.asked) {
            lane.parent = parcel.item.meta.parent;
            lane.claimed = claim(lane, *edge.to, &parcel.item.meta, parcel.item.body.get()) >= 0;
            lane.parent = 0;
        }
    }
    if (crew_.run_.settled(lane, edge, parcel.item.meta, result.status)) result.status = 0;
}

// --- given up, and pending ---

Delivery& Delivery::give_up(Lane& lane) {
    Delivery& next = crew_.replacement(*this);
    abandoned_ = true;
    crew_.run_.hung.fetch_add(1);
    lane.abandoned.store(true, std::memory_order_seq_cst);
    lane.interrupt.store(1, std::memory_order_seq_cst);
    return next;
}

void Delivery::returned_late(Lane& lane) {
    Run& run = lane.run;
    abandoned_ = false;
    crew_.rest_given_up(*this);
    run.hung.fetch_sub(1);
    run.progress();
}

// The timer of the ticket takes over from the watch.
bool Delivery::detaching(Lane& lane) {
    if (crew_.edge_.foreign) lane.leave_charge();
    return !lane.abandoned.load(std::memory_order_acquire);
}

void Delivery::result(Lane& lane, std::int32_t status) {
    if (abandoned_) return returned_late(lane);
    keep_result(lane, status, claims_);
    bool whole = finish(lane);
    end();
    if (!whole) return crew_.back_off(*this);
    if (crew_.fill(*this)) crew_.run_.pool.post(*this, &lane);
}

}  // namespace flowrun::engine
