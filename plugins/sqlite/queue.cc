#include "queue.hh"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

#include "layout.hh"

namespace flowrun::sqlite {

Queue::Statements::Statements(Database& database, std::int64_t queue)
    : insert(database, "INSERT INTO " + message_table(queue) + "(" + item_columns +
                           ") VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14)"),
      remove(database, "DELETE FROM " + message_table(queue) + " WHERE seq = ?1"),
      update(database,
             "UPDATE " + message_table(queue) +
                 " SET due = ?2, attempts = ?3, error = CASE ?4 WHEN '' THEN error ELSE ?4 END WHERE seq = ?1"),
      bury(database, "INSERT INTO " + dead_table(queue) + "(" + item_columns +
                         ") SELECT (SELECT coalesce(max(seq), 0) + 1 FROM " + dead_table(queue) +
                         "), id, key, body, format, time, accepted, ?2, ?4, traceparent, place, total, ?3, sum FROM " +
                         message_table(queue) + " WHERE seq = ?1"),
      row(database, std::string("SELECT ") + item_columns + " FROM " + message_table(queue) + " WHERE seq = ?1"),
      rows(database, std::string("SELECT ") + item_columns + " FROM " + message_table(queue) +
                         " WHERE seq > ?1 ORDER BY seq LIMIT ?2"),
      held(database, "UPDATE queue SET held = held + ?1 WHERE number = " + std::to_string(queue)) {}

Queue::Queue(std::shared_ptr<Store> store, const flowrun_host& host, const flowrun_queue_spec& spec,
             const flowrun_queue_listener& listener, void* user)
    : store_(std::move(store)), host_(host), listener_(listener), user_(user), max_bytes_(spec.max_bytes),
      only_pushed_((spec.flags & FLOWRUN_QUEUE_ONLY_PUSHED) != 0) {
    const std::scoped_lock lock(store_->opening());
    Database& database = store_->database();
    database.run("BEGIN IMMEDIATE");
    try {
        number_ = add_queue(database, view_of(spec.name), view_of(spec.flow));
        database.run("COMMIT");
    } catch (const Trouble&) {
        database.try_run("ROLLBACK");
        throw;
    }
    statements_.emplace(database, number_);
    const auto ask = [&](const std::string& what, const std::string& table) {
        return database.number(("SELECT " + what + " FROM " + table).c_str());
    };
    const std::string messages = message_table(number_);
    // What a damaged file does not show was there all the same.
    messages_ = static_cast<std::uint64_t>(std::max(ask("count(*)", messages), held_of(database, number_)));
    bytes_ = static_cast<std::uint64_t>(ask("coalesce(sum(length(body)), 0)", messages));
    dead_ = static_cast<std::uint64_t>(ask("count(*)", dead_table(number_)));
    last_ = found_last_ = ask("coalesce(max(seq), 0)", messages);
    found_left_ = messages_;
    if (messages_ != 0) window_.starts_behind();
    find_interrupted();
}

// The attempts in which the process died count. Where the disk is full that cannot be noted: they are tried all the same.
bool Queue::count_attempts(const std::vector<InHandler::Found>& found) {
    Database& database = store_->database();
    try {
        Statement attempt(database, "UPDATE " + message_table(number_) + " SET attempts = attempts + 1 WHERE seq = ?1");
        database.run("BEGIN IMMEDIATE");
        for (const InHandler::Found& one : found) {
            if (one.entered) attempt.bind(1, one.seq).run();
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
        Item item;
        const bool is_there = statements_->row.bind(1, one.seq).step() && read_row(statements_->row, item);
        statements_->row.reset();
        if (!is_there) {
            in_handler.leave(number_, one.seq);
            continue;
        }
        if (counted) in_handler.await_turn(number_, one.seq);
        given_first_.insert(item.seq);
        --found_left_;
        interrupted_.push_back(std::move(item));
    }
    damaged_ = 0;
}

// Whoever closes it has seen to it that nobody else uses it.
Queue::~Queue() {
    store_->add_and_wait({Operation::Kind::close, this});
    store_->in_handler().leave_all(number_);
    const std::scoped_lock lock(store_->opening());
    statements_.reset();
}

// --- the runner's ---

bool Queue::fits(std::uint64_t bytes) const {
    const std::uint64_t held = bytes_ + coming_bytes_;
    return max_bytes_ == 0 || held == 0 || held + bytes <= max_bytes_;
}

void Queue::push(const flowrun_queue_item& from, std::uint64_t push) {
    Operation operation{Operation::Kind::push, this, Item::of(from), push};
    {
        const std::scoped_lock lock(mutex_);
        const std::uint64_t bytes = operation.item.bytes();
        const bool room = parked_.empty() && fits(bytes);
        if (!room && !only_pushed_) {
            parked_.push_back(std::move(operation));
            return;
        }
        if (room) {
            coming_bytes_ += bytes;
            push = 0;
        }
    }
    if (push != 0) return refuse(push);
    store_->add(std::move(operation));
}

void Queue::refuse(std::uint64_t push) {
    const std::string why = "the queue holds as many bytes as it may (max_bytes), and this run takes nothing out of it";
    listener_.pushed(user_, push, FLOWRUN_E_OVERFLOW, text_of(why));
}

// First come, first served.
void Queue::admit(std::unique_lock<std::mutex>& lock) {
    while (!parked_.empty() && fits(parked_.front().item.bytes())) {
        coming_bytes_ += parked_.front().item.bytes();
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
    admit(lock);
}

void Queue::give_out(const Item& item, std::uint32_t flags, flowrun_item_fn give, void* user) {
    leased_.emplace(item.seq, item.bytes());
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
        taken = take_interrupted(most, give, user);
        Item item;
        for (; taken < most && window_.take(item); ++taken) give_out(item, 0, give, user);
        read_on = window_.wants_more();
        if (read_on) window_.reading();
    }
    if (read_on) store_->add({Operation::Kind::read, this});
    return taken;
}

void Queue::answer(Operation::Kind kind, std::uint64_t lease, std::int64_t delay, std::uint32_t attempts,
                   flowrun_text error) {
    Operation operation{kind, this};
    operation.name = lease;
    operation.item.seq = static_cast<std::int64_t>(lease);
    operation.item.attempts = attempts;
    operation.item.due = delay > 0 ? now() + std::min(delay, std::numeric_limits<std::int64_t>::max() - now()) : 0;
    operation.item.error = view_of(error);
    {
        const std::scoped_lock lock(mutex_);
        const auto lent = leased_.find(operation.item.seq);
        if (lent == leased_.end()) return;  // that lease is over
        operation.bytes = lent->second;
        if (kind != Operation::Kind::extend) leased_.erase(lent);
    }
    store_->in_handler().leave(number_, static_cast<std::int64_t>(lease));
    store_->add(std::move(operation));
}

void Queue::depth(flowrun_queue_depth& out) {
    const std::scoped_lock lock(mutex_);
    out.leased = leased_.size();
    out.waiting = messages_ - std::min<std::uint64_t>(messages_, leased_.size());
    out.dead = dead_;
    out.interrupted = interrupted_.size();
    out.bytes = bytes_;
}

// --- the store's thread ---

void Queue::apply(Operation& operation) {
    Statements& make = *statements_;
    const Item& item = operation.item;
    switch (operation.kind) {
        case Operation::Kind::push:
            operation.item.seq = ++last_;
            item.bind(make.insert);
            make.insert.run();
            ++more_;
            return;
        case Operation::Kind::ack:
            make.remove.bind(1, item.seq).run();
            --more_;
            return;
        case Operation::Kind::nack:
        case Operation::Kind::extend:
            make.update.bind(1, item.seq).bind(2, item.due).bind(3, std::int64_t{item.attempts}).bind(4, item.error);
            make.update.run();
            make.row.reset();  // where the last one was damaged it has not been
            if (operation.kind == Operation::Kind::nack && make.row.bind(1, item.seq).step()) {
                operation.item = Item::of(make.row);
                make.row.reset();
            }
            return;
        case Operation::Kind::reject:
            make.bury.bind(1, item.seq).bind(2, now()).bind(3, item.error).bind(4, std::int64_t{item.attempts}).run();
            make.remove.bind(1, item.seq).run();
            --more_;
            return;
        case Operation::Kind::read: return apply_read();
        case Operation::Kind::close: return;
    }
}

void Queue::before_commit() {
    if (more_ != 0) statements_->held.bind(1, std::exchange(more_, 0)).run();
}

// One that is damaged is put among the dead, so that it is told once and holds up nobody.
bool Queue::read_row(const Statement& row, Item& item) {
    try {
        item = Item::of(row);
        return true;
    } catch (const Trouble& trouble) {
        item.seq = row.number(0);
        ++damaged_;
        damage_ = trouble.text;
        return false;
    }
}

void Queue::apply_read() {
    constexpr std::uint64_t most = 1024;
    read_.clear();
    damaged_ = seen_ = 0;
    std::vector<std::int64_t> damaged;
    std::int64_t through = 0;
    {
        const std::scoped_lock lock(mutex_);
        through = window_.through();
    }
    Statement& rows = statements_->rows;
    for (rows.bind(1, through).bind(2, std::int64_t{most}); rows.step(); ++seen_) {
        Item item;
        if (read_row(rows, item)) {
            read_.push_back(std::move(item));
        } else {
            damaged.push_back(item.seq);
        }
    }
    rows.reset();
    read_more_ = seen_ == most;
    constexpr std::string_view error = R"({"code":"invalid","message":"damaged in the store: its sum does not fit"})";
    for (const std::int64_t seq : damaged) {
        statements_->bury.bind(1, seq).bind(2, now()).bind(3, error).bind(4, std::int64_t{0}).run();
        statements_->remove.bind(1, seq).run();
        --more_;
    }
    more_ -= static_cast<std::int64_t>(missing());
}

// At the end of what was found when the store was opened: what it should have held and did not show.
std::uint64_t Queue::missing() const {
    std::uint64_t old = damaged_;
    for (const Item& item : read_) old += was_found(item) && !given_first_.contains(item.seq) ? 1U : 0U;
    return read_more_ || found_left_ < old ? 0 : found_left_ - old;
}

void Queue::done(Operation& operation) {
    if (operation.broken && !std::exchange(told_broken_, true)) {
        listener_.broken(user_, operation.status, text_of(operation.text));
    }
    switch (operation.kind) {
        case Operation::Kind::push: return pushed(operation);
        case Operation::Kind::read: return tell_of_read(operation);
        case Operation::Kind::extend:
        case Operation::Kind::close: return;
        case Operation::Kind::nack: return came_back(operation);
        default: return settled(operation);
    }
}

void Queue::tell_of_read(const Operation& operation) {
    const bool read = operation.status == FLOWRUN_OK;
    std::uint64_t lost = 0;
    if (read) {
        lost = damaged_ + missing();
        if (missing() != 0)
            damage_ = "the store is damaged: " + std::to_string(missing()) + " of its messages are not there";
        for (const Item& item : read_) {
            const bool counts = was_found(item) && !given_first_.contains(item.seq);
            found_left_ -= found_left_ != 0 && counts ? 1U : 0U;
        }
        found_left_ -= std::min(found_left_, lost);
    }
    {
        const std::scoped_lock lock(mutex_);
        if (read) {
            for (Item& item : read_) {
                given_first_.contains(item.seq) ? window_.skip(item.seq) : window_.read(std::move(item));
            }
        }
        // One that failed, as while another holds the file locked, is asked for again: what waits there is waited for.
        window_.read_on(read ? read_more_ : !operation.broken);
        read_.clear();
        messages_ -= lost;
        dead_ += damaged_;
    }
    if (lost != 0) listener_.lost(user_, lost, text_of(damage_));
    listener_.arrived(user_);
}

void Queue::pushed(Operation& operation) {
    const std::uint64_t bytes = operation.item.bytes();
    const bool held = operation.status == FLOWRUN_OK;
    {
        std::unique_lock lock(mutex_);
        coming_bytes_ -= bytes;
        if (held) {
            bytes_ += bytes;
            ++messages_;
            window_.committed(std::move(operation.item));
        } else {
            admit(lock);
        }
    }
    listener_.pushed(user_, operation.name, operation.status, text_of(operation.text));
    if (held) listener_.arrived(user_);
}

// Of one that the store could not note nobody knows: it lies in the file still, and comes again in a later run.
void Queue::settled(Operation& operation) {
    if (operation.status == FLOWRUN_OK) {
        std::unique_lock lock(mutex_);
        --messages_;
        bytes_ -= std::min<std::uint64_t>(bytes_, static_cast<std::uint64_t>(operation.bytes));
        if (operation.kind == Operation::Kind::reject) ++dead_;
        admit(lock);
    }
    listener_.settled(user_, operation.name, operation.status, text_of(operation.text));
}

void Queue::came_back(Operation& operation) {
    if (operation.status == FLOWRUN_OK) {
        const std::scoped_lock lock(mutex_);
        if (given_first_.erase(operation.item.seq) == 0 || operation.item.seq <= window_.through()) {
            window_.back(std::move(operation.item));
        } else {
            ++found_left_;  // it is read in its turn
        }
    }
    listener_.settled(user_, operation.name, operation.status, text_of(operation.text));
    listener_.arrived(user_);
}

}  // namespace flowrun::sqlite
