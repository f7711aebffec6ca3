#include "changes.hh"

#include <optional>

#include "database.hh"
#include "delivery.hh"
#include "in_handler.hh"
#include "item.hh"
#include "layout.hh"
#include "location.hh"
#include "owner.hh"
#include "store.hh"

namespace flowrun::sqlite {
namespace {

class Transaction {
public:
    explicit Transaction(Database& database) : database_(database) { database_.run("BEGIN IMMEDIATE"); }
    ~Transaction() {
        if (!done_) database_.try_run("ROLLBACK");
    }
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    void commit() {
        database_.run("COMMIT");
        done_ = true;
    }

private:
    Database& database_;
    bool done_ = false;
};

// One of the queues that a change is about, which may be open in this process.
class Changed {
public:
    Changed(Database& database, const NamedQueue& queue, const Store* store)
        : database_(database), number_(queue.number),
          counts_(queue.counts_fit ? queue.counts : count_all(database, number_)),
          open_(store != nullptr ? store->open_queue(number_) : nullptr) {}
    ~Changed() {
        if (open_ != nullptr && !done_) open_->release();
    }
    Changed(const Changed&) = delete;
    Changed& operator=(const Changed&) = delete;

    enum class Damaged : bool { stay, go };
    // Out of its messages, or out of its dead. False: it is not there, or damaged and to stay, or out in a handler.
    bool take(std::uint64_t number, bool dead, Damaged damaged, Item& item) {
        const auto seq = static_cast<std::int64_t>(number);
        if (!find(seq, dead, item) || (item.record.empty() && damaged == Damaged::stay)) return false;
        if (!dead && open_ != nullptr && !open_->claim(seq)) return false;
        Statement& remove = dead ? remove_dead() : remove_message();
        remove.bind(1, seq).run();
        if (!dead) ++taken_;
        ++(dead ? counts_.dead_taken : counts_.taken);
        --(dead ? counts_.dead : counts_.held);
        (dead ? counts_.dead_bytes : counts_.bytes) -= static_cast<std::int64_t>(item.bytes);
        return true;
    }
    std::int64_t next_place() {
        if (!last_) {
            last_ = open_ != nullptr ? open_->last_place()
                                     : database_.number(("SELECT coalesce(max(seq), 0) FROM " + message_table(number_) +
                                                         " WHERE seq < " + std::to_string(last_place))
                                                            .c_str());
        }
        return *last_ + 1;
    }
    // At next_place().
    void put(Item item) {
        if (!insert_) {
            if (open_ == nullptr && counts_.held == 0) forget_orders(database_, number_);
            insert_.emplace(database_,
                            "INSERT INTO " + message_table(number_) + "(" + item_columns + ") VALUES(?,?,?)");
        }
        last_ = item.seq;
        item.bind(*insert_, 1);
        insert_->run();
        ++counts_.held;
        ++counts_.put;
        counts_.bytes += static_cast<std::int64_t>(item.bytes);
        if (open_ != nullptr) added_.push_back(std::move(item));
    }
    void keep() { CountsKeeper(database_, number_).keep(counts_); }
    // After the transaction.
    void tell() {
        done_ = true;
        if (open_ != nullptr) open_->changed(counts_, taken_, std::move(added_));
    }

private:
    // One that is damaged has its place and nothing else.
    bool find(std::int64_t seq, bool dead, Item& item) {
        Statement& row = dead ? dead_row() : message_row();
        row.reset();
        if (!row.bind(1, seq).step()) return false;
        try {
            item = Item::of(row);
        } catch (const Trouble&) {
            item = Item();
            item.seq = seq;
        }
        row.reset();
        return true;
    }
    Statement& made(std::optional<Statement>& statement, const std::string& sql) {
        return statement ? *statement : statement.emplace(database_, sql);
    }
    Statement& message_row() { return made(row_, selection(message_table(number_), "WHERE seq = ?1")); }
    Statement& dead_row() { return made(dead_row_, selection(dead_table(number_), "WHERE seq = ?1")); }
    Statement& remove_message() { return made(remove_, "DELETE FROM " + message_table(number_) + " WHERE seq = ?1"); }
    Statement& remove_dead() { return made(remove_dead_, "DELETE FROM " + dead_table(number_) + " WHERE seq = ?1"); }

    Database& database_;
    const std::int64_t number_;
    Counts counts_;
    Client* const open_;
    std::optional<Statement> row_, dead_row_, remove_, remove_dead_, insert_;
    std::optional<std::int64_t> last_;
    std::uint64_t taken_ = 0;
    std::vector<Item> added_;
    bool done_ = false;
};

// In the store that this process has open, between its transactions; else with the store for this process alone meanwhile.
void change(const std::string& path, bool make, const std::function<void(Database&, const Store*)>& what) {
    if (const auto store = Store::known(path)) {
        return store->between([&] { what(store->database(), store.get()); });
    }
    if (make) {
        must_be_regular(path);
        prepare_folder(path);
    } else {
        must_exist(path);
    }
    const Owner owner(path);
    Database database(path, Database::Access::write);
    if (make && make_layout(database)) InHandler(path).clear();
    check_layout(database);
    database.run("PRAGMA synchronous=FULL");
    what(database, nullptr);
}

}  // namespace

// One that is damaged stays where it is: there is nothing to be tried again.
std::int64_t replay_dead(const std::string& path, std::string_view name, const std::vector<std::uint64_t>& numbers) {
    std::int64_t done = 0;
    change(path, false, [&](Database& database, const Store* store) {
        Transaction transaction(database);
        Changed queue(database, existing(database, name), store);
        const std::int64_t now = database.number("SELECT CAST((julianday('now') - 2440587.5) * 86400e9 AS INTEGER)");
        for (const std::uint64_t number : numbers) {
            Item item;
            if (!queue.take(number, true, Changed::Damaged::stay, item)) continue;
            flowrun_queue_item again = item.seen();
            again.accepted = now;
            again.due = 0;
            again.attempts = 0;
            again.error = {};
            Item made = Item::of(again);
            made.seq = queue.next_place();
            queue.put(std::move(made));
            ++done;
        }
        queue.keep();
        transaction.commit();
        queue.tell();
    });
    return done;
}

std::int64_t move_items(const std::string& path, std::string_view name, std::string_view to,
                        const std::vector<std::uint64_t>& numbers) {
    if (to.empty()) throw Trouble{FLOWRUN_E_INVALID, "a queue without a name cannot be moved to"};
    if (name == to) throw Trouble{FLOWRUN_E_INVALID, "a queue cannot be moved into itself"};
    std::int64_t done = 0;
    change(path, false, [&](Database& database, const Store* store) {
        Transaction transaction(database);
        Changed from(database, existing(database, name), store);
        Changed other(database, add_queue(database, to, ""), store);
        for (const std::uint64_t number : numbers) {
            Item item;
            if (!from.take(number, false, Changed::Damaged::stay, item)) continue;
            const flowrun_queue_item seen = item.seen();
            other.put(item.with(other.next_place(), item.due, seen.attempts, view_of(seen.error)));
            ++done;
        }
        from.keep();
        other.keep();
        transaction.commit();
        from.tell();
        other.tell();
    });
    return done;
}

std::int64_t drop_items(const std::string& path, std::string_view name, bool dead,
                        const std::vector<std::uint64_t>& numbers) {
    std::int64_t done = 0;
    change(path, false, [&](Database& database, const Store* store) {
        Transaction transaction(database);
        Changed queue(database, existing(database, name), store);
        for (const std::uint64_t number : numbers) {
            Item item;
            if (queue.take(number, dead, Changed::Damaged::go, item)) ++done;
        }
        queue.keep();
        transaction.commit();
        queue.tell();
    });
    return done;
}

std::int64_t put_items(const std::string& path, std::string_view name, std::span<const flowrun_queue_item> items) {
    if (name.empty()) throw Trouble{FLOWRUN_E_INVALID, "name the queue"};
    change(path, true, [&](Database& database, const Store* store) {
        Transaction transaction(database);
        Changed queue(database, add_queue(database, name, ""), store);
        for (const flowrun_queue_item& one : items) {
            Item item = Item::of(one);
            item = item.with(queue.next_place(), one.due, one.attempts, view_of(one.error));
            queue.put(std::move(item));
        }
        queue.keep();
        transaction.commit();
        queue.tell();
    });
    return static_cast<std::int64_t>(items.size());
}

}  // namespace flowrun::sqlite
