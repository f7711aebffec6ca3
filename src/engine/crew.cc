#include "engine/crew.hh"

#include <algorithm>
#include <limits>
#include <utility>

#include "engine/run.hh"

namespace flowrun::engine {
namespace {

constexpr Duration catch_up =
    5 * millisecond;  // a rate above one a timer tick is kept on average, in bursts of so long

}  // namespace

// Where nobody would know that a call blocks, the pool sees by what is posted how many threads it lacks.
Crew::Crew(Run& run, Edge& edge)
    : Pump(run, edge), enough_(edge.to->subtree_cooperative ? 2 : std::numeric_limits<std::uint64_t>::max()),
      backlog_(edge.spec->order) {}
Crew::~Crew() = default;

// --- told that there may be something to do ---

void Crew::notify(Lane* from) {
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (at_work() || stalled() || run_.cancelled.load(std::memory_order_relaxed)) return;
    if (hired_.load() >= enough_) return;  // each of them, as it begins, hires the next
    std::vector<Delivery*> hired;
    {
        std::scoped_lock lock(mutex_);
        hire(hired);
    }
    post(hired, from);
}

void Crew::post(const std::vector<Delivery*>& hired, Lane* from) {
    for (Delivery* delivery : hired) run_.pool.post(*delivery, from);
}

// As many as there is work for and the edge allows.
void Crew::hire(std::vector<Delivery*>& hired) {
    if (stopped_) return;
    const std::uint32_t most = edge_.spec->workers_max;
    while (!again_.empty() && busy_.load() < most) {
        hired.push_back(again_.front());
        again_.pop_front();
        busy_.fetch_add(1);
    }
    if (busy_.load() >= most) return;
    pull();
    std::uint64_t wanted = std::min(deliverable(run_.world.now()), enough_);
    while (hired_.load() < wanted && busy_.load() < most) {
        Delivery& delivery = idle_one();
        delivery.hired_ = true;
        hired_.fetch_add(1);
        busy_.fetch_add(1);
        hired.push_back(&delivery);
    }
}

Delivery& Crew::idle_one() {
    if (idle_.empty()) return *all_.emplace_back(std::make_unique<Delivery>(*this));
    Delivery* delivery = idle_.back();
    idle_.pop_back();
    return *delivery;
}

// From the ring into the backlog: what may be needed to see whose turn it is. It counts against the bounds as before.
void Crew::pull() {
    // For those that may yet be hired, and those that are hired and have taken nothing.
    const std::uint64_t places = edge_.spec->workers_max - busy_.load() + hired_;
    const std::uint64_t needed = edge_.spec->order == flow::Order::by_key
                                     ? std::numeric_limits<std::uint64_t>::max()
                                     : edge_.spec->batch_max * std::max<std::uint64_t>(places, 1);
    while (backlog_.size() < needed) {
        std::uint64_t want = std::min({needed - backlog_.size(), pulled_.size(), ring_.queued()});
        if (want == 0) return;
        in_flight_.fetch_add(want, std::memory_order_seq_cst);  // before they leave the ring
        std::uint64_t got = ring_.take_held(pulled_.data(), want);
        in_flight_.fetch_sub(want - got, std::memory_order_seq_cst);
        for (std::uint64_t i = 0; i < got; ++i) {
            auto parcel = std::make_unique<Parcel>();
            parcel->item = std::move(pulled_[i]);
            parcel->last = last_of(edge_, parcel->item.queued);
            backlog_.put(std::move(parcel));
        }
        if (got == 0) return;
    }
}

// How many deliveries could begin now. Where time has to pass first, an alarm is set.
std::uint64_t Crew::deliverable(Time now) {
    if (backlog_.ready() == 0) return 0;
    if (edge_.spec->rate != 0 && now < next_start_) {
        wake_at(next_start_);
        return 0;
    }
    std::uint64_t batch = batch_now(now);
    if (batch == 0) return 0;
    // At a rate one after another: each looks at the clock when it begins.
    return edge_.spec->rate != 0 ? 1 : (backlog_.ready() + batch - 1) / batch;
}

// How many messages a delivery that begins now takes; 0: a batch is not yet full, and has not lingered long enough.
std::uint64_t Crew::batch_now(Time now) {
    const flow::EdgeSpec& spec = *edge_.spec;
    if (backlog_.ready() >= spec.batch_max || flushing_ || spec.batch_linger == 0) return spec.batch_max;
    Time due = after(backlog_.oldest(), spec.batch_linger);
    if (now >= due) return spec.batch_max;
    wake_at(due);
    return 0;
}

void Crew::wake_at(Time when) {
    if (alarm_ != 0 && alarm_time_ <= when) return;
    if (alarm_ != 0) run_.world.cancel(alarm_);
    alarm_time_ = when;
    alarm_ = run_.at(when, [this] {
        {
            std::scoped_lock lock(mutex_);
            alarm_ = 0;
            alarm_time_ = never;
        }
        notify(nullptr);
    });
}

bool Crew::rate_allows(Time now) {
    if (edge_.spec->rate == 0) return true;
    if (now < next_start_) return false;
    auto interval = static_cast<Duration>(static_cast<double>(second) / edge_.spec->rate);
    if (next_start_ == 0 || after(next_start_, catch_up) < now) next_start_ = now;
    next_start_ += interval;
    return true;
}

// --- the deliveries' side ---

bool Crew::fill(Delivery& delivery) {
    bool stall = room_downstream(1) == 0;
    run_.step();
    std::vector<Delivery*> hired;
    bool filled = false;
    std::uint64_t ready = 0;
    {
        std::scoped_lock lock(mutex_);
        if (std::exchange(delivery.hired_, false)) hired_.fetch_sub(1);
        if (!stall && !stopped_ && again_.empty()) {
            pull();
            Time now = run_.world.now();
            std::uint64_t batch = backlog_.ready() == 0 ? 0 : batch_now(now);
            if (batch != 0 && !rate_allows(now)) {
                wake_at(next_start_);
                batch = 0;
            }
            if (batch != 0) delivery.parcels_ = backlog_.take(batch);
            delivery.attempt_ = 1;
            filled = batch != 0;
        }
        if (filled) {
            std::uint64_t bytes = 0;
            for (auto& parcel : delivery.parcels_) bytes += parcel->item.bytes;
            ring_.unhold(delivery.parcels_.size(), bytes);
        } else {
            rest(delivery);
        }
        ready = backlog_.ready();
        const bool more = !filled || ready != 0 || ring_.queued() != 0;
        if (!stall && more && hired_.load() < enough_) hire(hired);
    }
    post(hired, nullptr);
    made_room(ready);
    // Whoever pushed while all were busy has told nobody.
    if (!filled) {
        std::atomic_thread_fence(std::memory_order_seq_cst);
        // So has a queue downstream that has had room again before we rested.
        if (ring_.queued() != 0 || (stall && !stalled())) notify(nullptr);
        if (run_.cancelled.load() || (run_.draining.load() && quiet())) run_.progress();
    }
    return filled;
}

Delivery* Crew::successor() {
    Delivery* next = nullptr;
    {
        std::scoped_lock lock(mutex_);
        if (ring_.queued() == 0 && backlog_.ready() == 0) return nullptr;
        if (stopped_ || busy_.load() >= edge_.spec->workers_max) return nullptr;
        next = &idle_one();
        busy_.fetch_add(1);
    }
    return fill(*next) ? next : nullptr;
}

void Crew::rest(Delivery& delivery) {
    idle_.push_back(&delivery);
    busy_.fetch_sub(1, std::memory_order_seq_cst);
}

// Takes off those parcels that have their final result (they are empty) and keeps the rest for another attempt.
void Crew::done(Delivery& delivery) {
    std::uint64_t settled = 0;
    {
        std::scoped_lock lock(mutex_);
        for (std::size_t i = 0; i < delivery.parcels_.size(); ++i) {
            if (delivery.results_[i].status < 0) continue;
            backlog_.done(*delivery.parcels_[i]);
            ++settled;
        }
    }
    std::size_t kept = 0;
    for (std::size_t i = 0; i < delivery.parcels_.size(); ++i) {
        if (delivery.results_[i].status < 0) delivery.parcels_[kept++] = std::move(delivery.parcels_[i]);
    }
    delivery.parcels_.resize(kept);
    delivery.results_.clear();
    in_flight_.fetch_sub(settled, std::memory_order_seq_cst);
}

void Crew::back_off(Delivery& delivery) {
    std::vector<Delivery*> hired;
    std::uint64_t bytes = 0;
    for (auto& parcel : delivery.parcels_) bytes += parcel->item.bytes;
    {
        std::scoped_lock lock(mutex_);
        ring_.hold(delivery.parcels_.size(), bytes);
        in_backoff_.push_back(&delivery);
        if (!in_order()) busy_.fetch_sub(1, std::memory_order_seq_cst);
        delivery.backoff_ = run_.at(delivery.next_try_, [this, &delivery] { resume(delivery); });
        if (!in_order()) hire(hired);
    }
    post(hired, nullptr);
    if (!run_.retries()) resume(delivery);  // hurry() may have been too early to see it
}

// Its backoff is over: it goes before what has not been tried, as soon as there is a place for it.
void Crew::resume(Delivery& delivery) {
    bool now = false;
    {
        std::scoped_lock lock(mutex_);
        auto at = std::find(in_backoff_.begin(), in_backoff_.end(), &delivery);
        if (at == in_backoff_.end() || stopped_) return;
        Time clock = run_.world.now();
        if (!rate_allows(clock)) {
            delivery.backoff_ = run_.at(next_start_, [this, &delivery] { resume(delivery); });
            return;
        }
        *at = in_backoff_.back();
        in_backoff_.pop_back();
        delivery.backoff_ = 0;
        std::uint64_t bytes = 0;
        for (auto& parcel : delivery.parcels_) bytes += parcel->item.bytes;
        ring_.unhold(delivery.parcels_.size(), bytes);
        if (in_order()) {
            now = true;
        } else {
            again_.push_back(&delivery);
        }
    }
    if (now) {
        run_.pool.post(delivery, nullptr);
    } else {
        notify(nullptr);
    }
    made_room();
}

void Crew::hurry() {
    std::vector<std::pair<Delivery*, World::TimerId>> waiting;
    {
        std::scoped_lock lock(mutex_);
        for (Delivery* delivery : in_backoff_) waiting.emplace_back(delivery, delivery->backoff_);
    }
    for (auto& [delivery, timer] : waiting) {
        if (run_.world.cancel(timer)) resume(*delivery);
    }
}

// The place of a delivery that was given up: the same messages, for which the time has passed.
Delivery& Crew::replacement(Delivery& given_up) {
    std::scoped_lock lock(mutex_);
    Delivery& next = idle_one();
    for (auto& parcel : given_up.parcels_) {
        auto copy = std::make_unique<Parcel>();
        copy->item.body = parcel->item.body;
        copy->item.meta = parcel->item.meta;
        copy->item.queued = parcel->item.queued;
        copy->item.bytes = parcel->item.bytes;
        copy->last = parcel->last;
        copy->key = parcel->key;
        copy->arrived = parcel->arrived;
        next.parcels_.push_back(std::move(copy));
    }
    next.attempt_ = given_up.attempt_;
    next.expires_ = given_up.expires_;
    next.begun_ = given_up.begun_;
    next.timed_out_ = true;
    std::swap(next.executing_, given_up.executing_);
    return next;
}

void Crew::rest_given_up(Delivery& delivery) {
    delivery.parcels_.clear();
    delivery.results_.clear();
    std::scoped_lock lock(mutex_);
    idle_.push_back(&delivery);
}

// --- the end ---

void Crew::flush() {
    {
        std::scoped_lock lock(mutex_);
        flushing_ = true;
    }
    notify(nullptr);
}

void Crew::stop() {
    std::scoped_lock lock(mutex_);
    stopped_ = true;
    if (alarm_ != 0) run_.world.cancel(alarm_);
    for (Delivery* delivery : in_backoff_) run_.world.cancel(delivery->backoff_);
}

bool Crew::drop_oldest() {
    queue::Item oldest;
    if (ring_.take(&oldest, 1) == 1) return true;
    std::scoped_lock lock(mutex_);
    std::unique_ptr<Parcel> dropped = backlog_.drop_oldest();
    if (!dropped) return false;
    ring_.unhold(1, dropped->item.bytes);
    in_flight_.fetch_sub(1, std::memory_order_seq_cst);
    return true;
}

}  // namespace flowrun::engine
