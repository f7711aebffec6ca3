#include "queue.hh"

#include <algorithm>
#include <limits>
#include <utility>

#include "delivery.hh"
#include "layout.hh"

namespace flowrun::sqlite {
namespace {

using Kind = Operation::Kind;

constexpr std::size_t most_answers_held = 1000;

NamedQueue found_or_added(Database& database, const flowrun_queue_spec& spec) {
    database.run("BEGIN IMMEDIATE");
    try {
        NamedQueue queue = add_queue(database, view_of(spec.name), view_of(spec.flow));
        note_order(database, queue, view_of(spec.order));
        database.run("COMMIT");
        return queue;
    } catch (const Trouble&) {
        database.try_run("ROLLBACK");
        throw;
    }
}

}  // namespace

Queue::Queue(std::shared_ptr<Store> store, const flowrun_host& host, const flowrun_queue_spec& spec,
             const flowrun_queue_listener& listener, void* user)
    : store_(std::move(store)), host_(host), listener_(listener), user_(user), max_bytes_(spec.max_bytes),
      only_pushed_((spec.flags & FLOWRUN_QUEUE_ONLY_PUSHED) != 0), refuses_((spec.flags & FLOWRUN_QUEUE_REFUSES) != 0) {
    const std::scoped_lock lock(store_->opening());
    const NamedQueue queue = found_or_added(store_->database(), spec);
    number_ = queue.number;
    rows_.emplace(store_->database(), queue);
    counts_ = rows_->counts();
    found_last_ = rows_->last();
    found_left_ = static_cast<std::uint64_t>(counts_.held);
    if (found_left_ != 0) window_.starts_behind();
    find_interrupted();
    store_->opened(number_, *this);
}

// The attempts in which the process died count. Where the disk is full that cannot be noted: they are tried all the same.
bool Queue::count_attempts(const std::vector<InHandler::Found>& found) {
    Database& database = store_->database();
    try {
        database.run("BEGIN IMMEDIATE");
        for (const InHandler::Found& one : found) {
            if (one.entered) rows_->count_attempt(one.seq);
        }
        database.run("COMMIT");
        return true;
    } catch (const Trouble&) {
        database.try_run("ROLLBACK");
        return false;
    }
}

// Whoever is killed in here has an attempt counted twice, but none forgotten.
void Queue::find_interrupted() {
    InHandler& in_handler = store_->in_handler();
    const auto found = in_handler.found(number_);
    if (found.empty()) return;
    const bool counted = count_attempts(found);
    for (const InHandler::Found& one : found) {
        std::optional<Item> item = rows_->find(one.seq);
        if (!item) {
            in_handler.leave(number_, one.seq);
            continue;
        }
        if (counted) in_handler.await_turn(number_, one.seq);
        given_first_.insert(one.seq);
        --found_left_;
        interrupted_.push_back(std::move(*item));
    }
}

// Whoever closes it has seen to it that nobody else uses it.
Queue::~Queue() {
    drain();
    store_->add_and_wait({Kind::close, this});
    store_->in_handler().leave_all(number_);
    const std::scoped_lock lock(store_->opening());
    store_->closed(number_);
    rows_.reset();
}

// --- the runner's ---

bool Queue::fits(std::uint64_t bytes) const {
    const std::uint64_t held = static_cast<std::uint64_t>(counts_.bytes) + coming_bytes_;
    return max_bytes_ == 0 || held == 0 || held + bytes <= max_bytes_;
}

// Answered later in any case, perhaps before it returns.
std::int32_t Queue::push(const flowrun_queue_item& from, std::uint64_t push) {
    if (from.body.size + from.id.size + from.key.size + from.error.size > most_bytes_of_record) {
        listener_.pushed(user_, push, FLOWRUN_E_INVALID,
                         text_of("it is too large for a store: a message may have 999 MB there"));
        return FLOWRUN_PENDING;
    }
    Operation operation{Kind::push, this, Item::of(from), push};
    {
        const std::scoped_lock lock(mutex_);
        const std::uint64_t bytes = operation.item.bytes;
        const bool room = parked_.empty() && fits(bytes);
        if (!room && !only_pushed_ && !refuses_) {
            parked_.push_back(std::move(operation));
            return FLOWRUN_PENDING;
        }
        if (room) {
            coming_bytes_ += bytes;
            push = 0;
        }
    }
    push != 0 ? refuse(push) : store_->add(std::move(operation));
    return FLOWRUN_PENDING;
}

void Queue::refuse(std::uint64_t push) {
    std::string why = "the queue holds as many bytes as it may (max_bytes)";
    if (only_pushed_) why += ", and this run takes nothing out of it";
    listener_.pushed(user_, push, FLOWRUN_E_OVERFLOW, text_of(why));
}

// First come, first served.
void Queue::admit(std::unique_lock<std::mutex>& lock) {
    while (!parked_.empty() && fits(parked_.front().item.bytes)) {
        coming_bytes_ += parked_.front().item.bytes;
        Operation next = std::move(parked_.front());
        parked_.pop_front();
        lock.unlock();
        store_->add(std::move(next));
        lock.lock();
    }
}

void Queue::drain() {
    std::unique_lock lock(mutex_);
    max_bytes_ = 0;
    drained_ = true;
    admit(lock);
}

bool Queue::waits_for_room(const Operation& operation) {
    const std::scoped_lock lock(mutex_);
    return operation.kind == Kind::push ? !refuses_ : !drained_;
}

void Queue::held_up(std::string_view why) {
    {
        const std::scoped_lock lock(mutex_);
        held_up_ = !why.empty();
    }
    if (listener_.full != nullptr) listener_.full(user_, text_of(why));
    if (why.empty()) listener_.arrived(user_);
}

void Queue::give_out(const Item& item, std::uint32_t flags, flowrun_item_fn give, void* user) {
    leased_.emplace(item.seq, item.bytes);
    flowrun_queue_item seen = item.seen();
    seen.flags = flags;
    seen.lease = static_cast<std::uint64_t>(item.seq);
    give(user, &seen);
}

std::uint32_t Queue::take_interrupted(std::uint32_t most, flowrun_item_fn give, void* user) {
    std::uint32_t taken = 0;
    for (; taken < most && !interrupted_.empty(); ++taken) {
        give_out(interrupted_.front(), FLOWRUN_ITEM_INTERRUPTED, give, user);
        interrupted_.pop_front();
    }
    return taken;
}

void Queue::enter(std::uint64_t lease) { store_->in_handler().enter(number_, static_cast<std::int64_t>(lease)); }

std::uint32_t Queue::take(std::uint32_t most, flowrun_item_fn give, void* user) {
    std::uint32_t taken = 0;
    bool read_on = false;
    {
        const std::scoped_lock lock(mutex_);
        // What is dealt with and cannot be noted comes again after a kill, so that it is not to become ever more.
        if (held_up_ && answers_due_ >= most_answers_held) return 0;
        taken = take_interrupted(most, give, user);
        Item item;
        for (; taken < most && window_.take(item); ++taken) give_out(item, 0, give, user);
        read_on = window_.wants_more();
        if (read_on) window_.reading();
    }
    if (read_on) store_->add({Kind::read, this});
    return taken;
}

void Queue::answer(Kind kind, std::uint64_t lease, std::int64_t delay, std::uint32_t attempts, std::string_view error) {
    Operation operation{kind, this};
    operation.name = lease;
    operation.item.seq = static_cast<std::int64_t>(lease);
    operation.item.due = delay > 0 ? now() + std::min(delay, std::numeric_limits<std::int64_t>::max() - now()) : 0;
    operation.attempts = attempts;
    operation.error = error;
    bool waited_for = false;  // by pushes for which there is no room
    {
        const std::scoped_lock lock(mutex_);
        const auto lent = leased_.find(operation.item.seq);
        if (lent == leased_.end()) return;  // that lease is over
        operation.item.bytes = lent->second;
        if (kind != Kind::extend) {
            leased_.erase(lent);
            ++answers_due_;
        }
        waited_for = !parked_.empty();
    }
    store_->in_handler().leave(number_, static_cast<std::int64_t>(lease));
    const bool waits = kind == Kind::ack && !waited_for;
    store_->add(std::move(operation), waits ? Store::Haste::with_others : Store::Haste::now);
}

void Queue::depth(flowrun_queue_depth& out) {
    const std::scoped_lock lock(mutex_);
    const auto held = static_cast<std::uint64_t>(counts_.held);
    out.leased = leased_.size();
    out.waiting = held - std::min<std::uint64_t>(held, leased_.size());
    out.interrupted = interrupted_.size();
    out.dead = static_cast<std::uint64_t>(counts_.dead);
    out.bytes = static_cast<std::uint64_t>(counts_.bytes);
}

// --- the store's thread ---

void Queue::apply(std::span<Operation> batch) {
    std::vector<Operation*> pushes;
    std::vector<std::int64_t> acked;
    std::uint64_t acked_bytes = 0;
    rows_->begin();
    for (Operation& operation : batch) {
        if (operation.queue != this) continue;
        if (operation.kind == Kind::push) pushes.push_back(&operation);
        if (operation.kind != Kind::ack) continue;
        acked.push_back(operation.item.seq);
        acked_bytes += operation.item.bytes;
    }
    rows_->add(pushes);
    for (Operation& operation : batch) {
        if (operation.queue != this) continue;
        switch (operation.kind) {
            case Kind::nack:
            case Kind::extend: rows_->tried(operation.item, operation.attempts, operation.error); break;
            case Kind::reject: rows_->bury(operation.item, now(), operation.attempts, operation.error); break;
            case Kind::bury_damaged: rows_->bury_damaged(operation.item.seq); break;
            case Kind::read: apply_read(); break;
            case Kind::push:
            case Kind::ack:
            case Kind::close: break;
        }
    }
    rows_->remove(acked, acked_bytes);
    rows_->end();
}

void Queue::committed() { rows_->committed(); }

// Where something was pushed in the same transaction it is read here, and not kept a second time: a window that has something
// behind it keeps nothing that is pushed.
void Queue::apply_read() {
    constexpr std::int64_t most = 1024;
    read_.clear();
    damaged_.clear();
    seen_ = 0;
    {
        const std::scoped_lock lock(mutex_);
        read_through_ = window_.through();
    }
    Statement& row = rows_->after(read_through_, most);
    for (; row.step(); ++seen_) {
        try {
            read_.push_back(Item::of(row));
        } catch (const Trouble& trouble) {
            damaged_.push_back(row.number(0));
            damage_ = trouble.text;
        }
        // The place of a damaged one may be anything.
        if (row.number(0) <= rows_->last()) read_through_ = std::max(read_through_, row.number(0));
    }
    row.reset();
    read_more_ = seen_ == static_cast<std::uint64_t>(most);
    rows_->forget(missing());
}

// At the end of what was found when the store was opened: what it should have held and did not show.
std::uint64_t Queue::missing() const {
    std::uint64_t old = damaged_.size();
    for (const Item& item : read_) old += counts_as_found(item) ? 1U : 0U;
    return read_more_ || found_left_ < old ? 0 : found_left_ - old;
}

// What has happened is noted first, all of it with the lock taken once, and told then: what arrived, once.
void Queue::done(std::span<Operation> batch) {
    bool arrived = false, broken = false;
    lost_ = 0;
    {
        std::unique_lock lock(mutex_);
        counts_ = rows_->counts();
        for (Operation& operation : batch) {
            if (operation.queue != this) continue;
            broken = broken || operation.broken;
            arrived =
                arrived || operation.kind == Kind::read || operation.kind == Kind::push || operation.kind == Kind::nack;
            if (operation.kind != Kind::read) note(operation);
        }
        for (Operation& operation : batch) {
            if (operation.queue == this && operation.kind == Kind::read) note_read(operation);
        }
        admit(lock);
    }
    if (broken && !std::exchange(told_broken_, true)) {
        const auto told = std::find_if(batch.begin(), batch.end(), [](const Operation& one) { return one.broken; });
        listener_.broken(user_, told->status, text_of(told->text));
    }
    for (Operation& operation : batch) {
        if (operation.queue == this) tell(operation);
    }
    if (lost_ != 0) listener_.lost(user_, lost_, text_of(damage_));
    if (arrived) listener_.arrived(user_);
}

// With the lock held. Of one whose end the store could not note nobody knows: it lies in the file still, and comes again in a
// later run.
void Queue::note(Operation& operation) {
    const bool good = operation.status == FLOWRUN_OK;
    const bool answer = operation.kind == Kind::ack || operation.kind == Kind::nack || operation.kind == Kind::reject;
    if (answer) --answers_due_;
    if (operation.kind == Kind::push) {
        coming_bytes_ -= operation.item.bytes;
        if (good) window_.committed(std::move(operation.item));
    } else if (operation.kind == Kind::nack && good) {
        came_back(std::move(operation.item));
    }
}

// With the lock held.
void Queue::came_back(Item item) {
    const bool read_later = given_first_.erase(item.seq) != 0 && item.seq > window_.through();
    if (!read_later) return window_.back(std::move(item));
    ++found_left_;  // it is read in its turn
}

// With the lock held. A damaged one is put among the dead, so that it is told once; where that cannot be, it lies where it is, and
// is told again by a later run.
void Queue::note_read(const Operation& operation) {
    if (operation.status != FLOWRUN_OK) {
        // One that failed is asked for again: what waits there is waited for.
        if (operation.broken) return window_.read_on(window_.through(), false);
        return store_->add({Kind::read, this}, Store::Haste::later);
    }
    const std::uint64_t gone = missing();
    lost_ = damaged_.size() + gone;
    if (gone != 0) damage_ = "the store is damaged: " + std::to_string(gone) + " of its messages are not there";
    for (const Item& item : read_) found_left_ -= found_left_ != 0 && counts_as_found(item) ? 1U : 0U;
    found_left_ -= std::min(found_left_, lost_);
    for (Item& item : read_) {
        given_first_.contains(item.seq) ? window_.skip(item.seq) : window_.read(std::move(item));
    }
    window_.read_on(read_through_, read_more_);
    read_.clear();
    for (const std::int64_t seq : std::exchange(damaged_, {})) {
        Operation bury{Kind::bury_damaged, this};
        bury.item.seq = seq;
        store_->add(std::move(bury));
    }
}

void Queue::tell(Operation& operation) {
    switch (operation.kind) {
        case Kind::push: return tell_push(operation);
        case Kind::ack:
        case Kind::nack:
        case Kind::reject: return listener_.settled(user_, operation.name, operation.status, text_of(operation.text));
        case Kind::extend:
        case Kind::read:
        case Kind::bury_damaged:
        case Kind::close: return;
    }
}

void Queue::tell_push(const Operation& operation) {
    const bool refused = operation.full && refuses_;
    listener_.pushed(user_, operation.name, refused ? FLOWRUN_E_OVERFLOW : operation.status, text_of(operation.text));
}

// --- changes by hand ---

bool Queue::claim(std::int64_t seq) {
    const std::scoped_lock lock(mutex_);
    if (leased_.contains(seq)) return false;
    claimed_.push_back(seq);
    if (auto item = window_.remove(seq)) claimed_items_.push_back(std::move(*item));
    const auto first = std::ranges::find(interrupted_, seq, &Item::seq);
    if (first == interrupted_.end()) return true;
    claimed_items_.push_back(std::move(*first));
    interrupted_.erase(first);
    return true;
}

void Queue::release() {
    {
        const std::scoped_lock lock(mutex_);
        for (Item& item : claimed_items_) came_back(std::move(item));
        claimed_items_.clear();
        claimed_.clear();
    }
    listener_.arrived(user_);
}

void Queue::changed(const Counts& counts, std::uint64_t taken, std::vector<Item> added) {
    const std::size_t more = added.size();
    rows_->adopt(counts, more == 0 ? rows_->last() : added.back().seq);
    {
        std::unique_lock lock(mutex_);
        counts_ = counts;
        for (const std::int64_t seq : claimed_) {
            const bool unread = seq <= found_last_ && seq > window_.through() && !given_first_.contains(seq);
            if (unread && found_left_ != 0) --found_left_;
        }
        claimed_items_.clear();
        claimed_.clear();
        for (Item& item : added) window_.committed(std::move(item));
        admit(lock);
    }
    if (taken != 0) listener_.removed(user_, taken);
    if (more == 0) return;
    listener_.added(user_, more);
    listener_.arrived(user_);
}

}  // namespace flowrun::sqlite
