#include "engine/ticket.hh"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/brief.hh"
#include "engine/hops.hh"
#include "engine/lane.hh"
#include "engine/pump.hh"
#include "engine/run.hh"
#include "engine/unwind.hh"

namespace flowrun::engine {

// Tickets that are not in use. They are made many at a time, and with the lock let go: memory that is new is slow.
class Ticket::Stock {
public:
    Ticket& take() {
        for (;;) {
            {
                std::scoped_lock lock(mutex_);
                if (!free_.empty()) {
                    Ticket& ticket = *free_.back();
                    free_.pop_back();
                    return ticket;
                }
            }
            add();
        }
    }
    void give(Ticket& ticket) {
        std::scoped_lock lock(mutex_);
        free_.push_back(&ticket);
    }

private:
    void add() {
        constexpr std::size_t most = 1024;
        const std::size_t many = many_.load(std::memory_order_relaxed);
        std::unique_ptr<Ticket[]> more(new Ticket[many]);
        std::scoped_lock lock(mutex_);
        many_.store(std::min(many * 2, most), std::memory_order_relaxed);
        for (std::size_t i = many; i-- > 0;) free_.push_back(&more[i]);
        all_.push_back(std::move(more));
    }

    std::atomic<std::size_t> many_{32};  // are made next
    BriefMutex mutex_;                   // guards the rest
    std::vector<Ticket*> free_;
    std::vector<std::unique_ptr<Ticket[]>> all_;  // those that a component never completes among them
};

// Lives as long as the process: a plugin may hold a handle for so long.
Ticket::Stock& Ticket::stock() {
    static auto& only = *new Stock;
    return only;
}

// User space addresses take 48 bits at the most; the upper 16 hold the number of the use.
flowrun_ticket* Ticket::handle() const {
    auto address = reinterpret_cast<std::uintptr_t>(this);
    return reinterpret_cast<flowrun_ticket*>(address | static_cast<std::uintptr_t>(use_.load()) << 48);
}

Ticket* Ticket::of(flowrun_ticket* handle) {
    auto number = reinterpret_cast<std::uintptr_t>(handle);
    auto* ticket = reinterpret_cast<Ticket*>(number & ((std::uintptr_t{1} << 48) - 1));
    if (ticket == nullptr || ticket->use_.load() != static_cast<std::uint16_t>(number >> 48)) return nullptr;
    return ticket;
}

Ticket* Ticket::open(Call& call) {
    Ticket& ticket = stock().take();
    ticket.run_ = &call.lane->run;
    ticket.state_.store(State::open);
    ticket.owners_.store(2);
    ticket.completed_.store(false);
    ticket.call_ = call;
    ticket.call_.ticket = nullptr;
    ticket.call_.of = &ticket;
    call.extra = nullptr;
    if (call.meta != nullptr) {
        ticket.meta_ = *call.meta;
        ticket.call_.meta = &ticket.meta_;
    }
    if (call.message != nullptr) {
        ticket.message_ = value::Value::keep(*call.message);
        ticket.call_.message = ticket.message_.get();
    }
    ticket.parent_ = call.lane->parent;
    call.ticket = &ticket;
    return &ticket;
}

void Ticket::clear() {
    delete call_.extra;
    call_ = {};
    meta_ = {};
    message_ = {};
    status_ = 0;
    error_.reset();
    reply_ = {};
    waiter_ = nullptr;
    then_ = nullptr;
    ended_ = false;
    waits_for_ = nullptr;
    has_hop_ = false;
    hops_.clear();
    timer_ = 0;
}

// A pending call may be used by any thread, one at a time: it gets that thread's lane.
flowrun_call* Ticket::call() {
    Lane& lane = run_->lane_here();
    lane.parent = parent_;
    call_.lane = &lane;
    return handle_of(call_);
}

bool Ticket::end(State as) {
    State open = State::open;
    return state_.compare_exchange_strong(open, as);
}

bool Ticket::complete(std::int32_t status, const value::Node* reply, std::unique_ptr<Error> error) {
    if (completed_.exchange(true)) return false;  // a second time
    if (state_.load() != State::open) return release(), false;
    status_ = status;
    error_ = std::move(error);
    if (reply != nullptr) reply_ = value::Value::keep(*reply);
    if (!end(State::completed)) return release(), false;
    std::unique_lock lock(mutex_);
    ended_ = true;
    if (waiter_ != nullptr) waiter_->wake();
    bool settle = then_ != nullptr;
    lock.unlock();
    if (settle) run_->pool.post(*this, run_->lane_if_here());
    release();
    return true;
}

void Ticket::release() {
    if (owners_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    clear();
    use_.fetch_add(1);
    stock().give(*this);
}

std::int32_t Ticket::take_result(Lane& lane) {
    Call call = call_;
    call.lane = &lane;
    call_.extra = nullptr;
    if (error_) {
        if (error_->node.empty()) error_->node = call.node->name;
        call.more().error = std::move(error_);
    }
    if (reply_) call.more().reply = std::move(reply_);
    return conclude(call, status_);
}

std::int32_t Ticket::await(Lane& lane) {
    run_->pool.blocked(lane, Lane::Wait::answer);
    {
        std::scoped_lock lock(mutex_);
        waiter_ = &lane;
    }
    std::unique_lock wait(lane.mutex);
    bool given_up = false;
    while (state_.load() == State::open) {
        Time deadline = lane.deadline.load(std::memory_order_relaxed);
        if (lane.cancelled.load() || lane.abandoned.load() || run_->world.now() >= deadline) {
            given_up = end(State::dead);
            break;
        }
        run_->world.wait(lane.woken, wait, deadline);
    }
    wait.unlock();
    {
        std::scoped_lock lock(mutex_);  // whoever completes has let go of the lane
        waiter_ = nullptr;
    }
    run_->pool.unblocked(lane);
    std::int32_t status = FLOWRUN_OK;
    if (given_up) {
        status = interrupted(lane);
        if (status == 0) status = failing(lane, Code::timeout, "no answer in time" + timed_by(lane), call_.node);
    } else {
        status = take_result(lane);
    }
    release();
    return status;
}

void Ticket::detach(Lane& lane, std::size_t base, Time expires, Continuation& then) {
    for (std::size_t i = base; i < lane.trail.size(); ++i) {
        Hop& h = lane.trail[i];
        // What the lane held is the ticket's now: the node stays busy, the deadline is a timer's.
        if (h.gated) h.edge->to->gate.hand_over(this, h.instance);
        if (h.timed) {
            expires = std::min(expires, lane.deadline.load(std::memory_order_relaxed));
            lane.deadline.store(h.deadline_before, std::memory_order_relaxed);
            lane.allowed = h.allowed_before;
            h.timed = false;
        }
        if (std::exchange(has_hop_, true)) {
            hops_.push_back(h);
        } else {
            first_hop_ = h;
        }
    }
    while (lane.trail.size() > base) lane.trail.pop();
    std::unique_lock lock(mutex_);
    bool ended = ended_ || state_.load() == State::completed;
    then_ = &then;
    // complete() may have been before us and seen nobody to tell.
    bool told = ended_;
    if (!ended && expires != never) {
        owners_.fetch_add(1);  // the timer's
        timer_ = run_->at(expires, [this] { expire(); });
    }
    lock.unlock();
    if (told) run_->pool.post(*this, &lane);
}

void Ticket::expire() {
    if (end(State::dead)) {
        {
            std::scoped_lock lock(mutex_);
            ended_ = true;
        }
        run_->pool.post(*this, nullptr);
    }
    release();
}

// On a pool thread: the chain's result is here, or its time is up.
void Ticket::run(Lane& lane) {
    Pump* const waited_for = std::exchange(waits_for_, nullptr);
    if (Pump* const full = full_on_failure(); full != nullptr && park(*full)) {
        if (waited_for != nullptr && waited_for != full) waited_for->passed_on();
        return;
    }
    settle(lane);
    if (waited_for != nullptr) waited_for->passed_on();
}

// A failure may go to an error route, and wait there for room: any number may fail at once, and each would hold a thread.
Pump* Ticket::full_on_failure() const {
    if (!Pump::crowded(*run_) || !has_hop_) return nullptr;
    const bool fails = state_.load() == State::dead || status_ < 0;
    if (!fails) return nullptr;
    for (const Edge* edge : first_hop_.edge->to->blocking) {
        if (edge->pump->full()) return edge->pump.get();
    }
    return nullptr;
}

bool Ticket::park(Pump& full) {
    waits_for_ = &full;
    return full.park(*this);
}

void Ticket::settle(Lane& lane) {
    World::TimerId timer = 0;
    {
        std::scoped_lock lock(mutex_);
        timer = std::exchange(timer_, 0);
    }
    bool dead = state_.load() == State::dead;
    if (timer != 0 && run_->world.cancel(timer)) release();
    std::size_t base = lane.trail.size();
    trace::SpanId before = std::exchange(lane.parent, parent_);
    if (has_hop_) lane.trail.push(first_hop_);
    for (const Hop& h : hops_) lane.trail.push(h);
    std::int32_t status = dead ? failing(lane, Code::timeout, "no answer in time", call_.node) : take_result(lane);
    status = unwind(lane, base, status);
    Continuation* then = then_;
    then->result(lane, status);
    lane.parent = before;
    release();
}

}  // namespace flowrun::engine
