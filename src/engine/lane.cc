#include "engine/lane.hh"

#include <algorithm>
#include <utility>

#include "engine/companion.hh"
#include "engine/delivery.hh"
#include "engine/run.hh"

namespace flowrun::engine {

value::Builder& Extra::builder() {
    if (built == builders.size()) builders.push_back(std::make_unique<value::Builder>());
    return *builders[built++];
}

void Extra::clear() {
    error.reset();
    last_error.reset();
    if (reply) reply = {};
    if (last_reply) last_reply = {};
    arena.reset();
    for (std::size_t i = 0; i < built; ++i) builders[i]->clear();
    built = 0;
    made_settings.clear();
    of_item.reset();
    setting_status = 0;
    text.reset();
    kept.clear();
}

Extra& Call::more() {
    if (extra == nullptr) extra = &lane->lend();
    return *extra;
}

Lane::Lane(Run& of, std::size_t edges, std::uint64_t seed)
    : run(of), counts(std::make_unique<Counts[]>(edges)), runs(std::make_unique<Runs[]>(edges)), seed_(seed) {
    frame = expr::Frame(run.slots());
    run.checked.constants.fill(frame);
    frame.surroundings = &run;
}

Lane::~Lane() = default;

void Lane::wake() {
    std::scoped_lock lock(mutex);
    ++wakes;
    run.world.wake_all(woken);
}

// A deadline that is no earlier than `at`, seen from any later moment, is one that allows at least as much from that moment.
void Lane::set_deadline(Time at) {
    allowed = at == never ? never : std::max<Duration>(at - run.watch.now(), 0);
    deadline.store(at, std::memory_order_release);
}

void Lane::take_charge(Delivery* delivery, Time until) {
    std::scoped_lock lock(mutex);
    charge_ = delivery;
    charge_until_.store(until, std::memory_order_seq_cst);
    run.watch.need();
}

void Lane::leave_charge() {
    std::scoped_lock lock(mutex);
    charge_ = nullptr;
    charge_until_.store(never, std::memory_order_relaxed);
}

Delivery* Lane::give_up(Time now) {
    std::scoped_lock lock(mutex);
    if (charge_ == nullptr || !overdue(now)) return nullptr;
    Delivery* next = &std::exchange(charge_, nullptr)->give_up(*this);
    charge_until_.store(never, std::memory_order_relaxed);
    ++wakes;
    run.world.wake_all(woken);
    return next;
}

std::uint64_t Lane::number() {
    constexpr std::uint64_t block = 256;
    if (next_number_ == last_number_) {
        next_number_ = run.message_numbers(block);
        last_number_ = next_number_ + block;
    }
    return next_number_++;
}

// SplitMix64: good enough for ids, backoff and spreading load; never used where guessing would matter.
std::uint64_t Lane::random() {
    std::uint64_t z = (seed_ += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

// Lent and given back in any order, on any lane: a call that was pending ends where its result came from.
Extra& Lane::lend() {
    if (spare_.empty()) return *new Extra;
    Extra* extra = spare_.back().release();
    spare_.pop_back();
    return *extra;
}

void Lane::give_back(Extra* extra) {
    constexpr std::size_t enough = 32;
    std::unique_ptr<Extra> owned(extra);
    if (spare_.size() >= enough) return;
    owned->clear();
    spare_.push_back(std::move(owned));
}

}  // namespace flowrun::engine
