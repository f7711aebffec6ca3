#include "spread.hh"

#include <memory>
#include <mutex>
#include <string>

#include "outcome.hh"

namespace flowrun::core {

using namespace sdk;

namespace {

// The meta of each element: its place, and an id of its own that is the same when the list is sent again, so that a
// receiver can know the element for one that it has seen.
class Label {
public:
    Label(Call call, std::uint64_t total) {
        const flowrun_meta of = call.meta();
        if (of.id && of.id_size > 0) id_.assign(of.id, of.id_size).push_back('.');
        stem_ = id_.size();
        meta_.size = sizeof meta_;
        meta_.total = static_cast<std::int64_t>(total);
    }
    const flowrun_meta& at(std::uint64_t index) {
        meta_.index = static_cast<std::int64_t>(index);
        if (stem_ == 0) return meta_;
        id_.resize(stem_);
        id_ += std::to_string(index);
        meta_.id = id_.data();
        meta_.id_size = id_.size();
        return meta_;
    }

private:
    std::string id_;
    std::size_t stem_ = 0;
    flowrun_meta meta_{};
};

// What is sent for an element: it, or what `emit` makes of it. Absent: that failed, and `status` says how.
Value made_of(const Plan& plan, Call call, Value item, Status& status) {
    const Value made{call.values(), plan.items ? plan.items->setting(call.raw(), plan.emit_setting, item.raw())
                                               : call.host()->setting(call.raw(), plan.emit_setting)};
    status = made ? Status::ok : call.setting_status();
    if (is_error(status)) return {};
    return made ? made : item;
}

void note_last(Outcome& outcome, Call call, std::uint64_t index, Status status) {
    const auto error = call.last_error();
    outcome.failed(index, status, error ? &error->raw() : nullptr);
}

}  // namespace

Status one_by_one(const Plan& plan, Call call, Value list) {
    const std::uint64_t total = list.size();
    Label label(call, total);
    Outcome outcome;
    std::uint64_t index = 0;
    for (Value item : list.items()) {
        Status status = Status::ok;
        const Value made = made_of(plan, call, item, status);
        if (made) status = call.emit(0, made, label.at(index));
        if (is_error(status)) note_last(outcome, call, index, status);
        else outcome.replied(index, call.last_reply());
        ++index;
        if (!outcome.ok() && plan.stop_on_error) break;
        if (const Status ending = call.stopping(); is_error(ending)) return ending;
    }
    Builder builder(call.values());
    if (!outcome.ok()) return call.fail(outcome.failure(total, builder));
    if (const Value reply = outcome.reply(total, builder)) call.reply(reply);
    return Status::ok;
}

namespace {

// One list whose elements are in flight. It ends itself when the last is done.
class Spread {
public:
    Spread(const Plan& plan, Ticket ticket, Value list)
        : plan_(plan), ticket_(std::move(ticket)), call_(ticket_.call()), kept_(list), list_(kept_.get()),
          total_(list.size()), label_(call_, total_) {}

    void begin() {
        std::unique_lock lock(mutex_);
        send(lock);
    }

private:
    struct Flight {  // one element on its way
        Spread& of;
        std::uint64_t index;
    };

    // Sends as many as may be in flight. One thread at a time does so: an element that is done meanwhile, perhaps
    // within emit_async, is seen by that thread's loop. Called with the lock held; afterwards either it still is, or
    // `this` is gone.
    void send(std::unique_lock<std::mutex>& lock) {
        sending_ = true;
        call_ = ticket_.call();  // of this thread
        while (!halted_ && in_flight_ < plan_.parallel) {
            const flowrun_value* item = nullptr;
            if (!list_.table()->next(list_.raw(), &cursor_, nullptr, &item)) break;
            const std::uint64_t index = next_++;
            ++in_flight_;
            lock.unlock();
            const Status status = send_one(index, Value(list_.table(), item));
            lock.lock();
            if (is_error(status)) {
                --in_flight_;
                halted_ = halted_ || plan_.stop_on_error;
            }
            halted_ = halted_ || is_error(call_.stopping());
        }
        sending_ = false;
        if (in_flight_ > 0) return;
        lock.unlock();
        finish();
        delete this;
    }

    // Negative: it is not in flight, and its error is noted.
    Status send_one(std::uint64_t index, Value item) {
        Status status = Status::ok;
        const Value made = made_of(plan_, call_, item, status);
        if (made) {
            auto flight = std::make_unique<Flight>(Flight{*this, index});
            status = call_.emit_async(0, made, &label_.at(index), &Spread::done, flight.get());
            if (!is_error(status)) {
                (void)flight.release();
                return status;
            }
        }
        const std::lock_guard lock(mutex_);
        note_last(outcome_, call_, index, status);
        return status;
    }

    static void done(void* user, std::int32_t status, const flowrun_value* reply, const flowrun_error* error) {
        const std::unique_ptr<Flight> flight(static_cast<Flight*>(user));
        Spread& of = flight->of;
        std::unique_lock lock(of.mutex_);
        if (status < 0) {
            of.outcome_.failed(flight->index, static_cast<Status>(status), error);
            of.halted_ = of.halted_ || of.plan_.stop_on_error;
        } else {
            of.outcome_.replied(flight->index, Value(of.list_.table(), reply));
        }
        --of.in_flight_;
        if (of.sending_) return;
        of.send(lock);
    }

    void finish() {
        Builder builder(list_.table());
        if (!outcome_.ok()) (void)ticket_.fail(outcome_.failure(total_, builder));
        else if (next_ < total_) (void)ticket_.complete(call_.stopping());
        else (void)ticket_.complete(Status::ok, outcome_.reply(total_, builder));
    }

    const Plan& plan_;
    Ticket ticket_;
    Call call_;
    const Kept kept_;
    const Value list_;
    const std::uint64_t total_;
    Label label_;       // of the thread that sends
    std::mutex mutex_;  // guards all below
    Outcome outcome_;
    flowrun_cursor cursor_{};
    std::uint64_t next_ = 0, in_flight_ = 0;
    bool sending_ = false, halted_ = false;
};

}  // namespace

void spread(const Plan& plan, Ticket ticket, Value list) { (new Spread(plan, std::move(ticket), list))->begin(); }

}  // namespace flowrun::core
