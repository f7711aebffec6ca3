#include "changes.hh"

#include <optional>

#include "database.hh"
#include "item.hh"
#include "layout.hh"
#include "location.hh"
#include "owner.hh"

namespace flowrun::sqlite {
namespace {

// A store for this process alone, in one transaction.
class Change {
public:
    explicit Change(const std::string& path)
        : owner_((must_exist(path), path)), database(path, Database::Access::write) {
        check_layout(database);
        database.run("PRAGMA synchronous=FULL");
        database.run("BEGIN IMMEDIATE");
    }
    ~Change() {
        if (!done_) database.try_run("ROLLBACK");
    }
    Change(const Change&) = delete;
    Change& operator=(const Change&) = delete;
    void commit() {
        database.run("COMMIT");
        done_ = true;
    }

private:
    Owner owner_;
    bool done_ = false;

public:
    Database database;
};

// What a change takes out of one table, and what may be put into another.
class Taking {
public:
    Taking(Database& database, const std::string& from)
        : database_(database), row_(database, selection(from, "WHERE seq = ?1")),
          remove_(database, "DELETE FROM " + from + " WHERE seq = ?1") {}

    // Nothing: there is none. One that is damaged has its place and nothing else.
    std::optional<Item> look_at(std::uint64_t number) {
        row_.reset();
        if (!row_.bind(1, static_cast<std::int64_t>(number)).step()) return {};
        Item item;
        try {
            item = Item::of(row_);
        } catch (const Trouble&) { item.seq = row_.number(0); }
        row_.reset();
        return item;
    }
    void remove(const Item& item) {
        remove_.bind(1, item.seq).run();
        bytes += static_cast<std::int64_t>(item.bytes);
        ++messages;
    }
    std::int64_t messages = 0, bytes = 0;

private:
    Database& database_;
    Statement row_, remove_;
};

class Putting {
public:
    Putting(Database& database, std::int64_t queue)
        : insert_(database, "INSERT INTO " + message_table(queue) + "(" + item_columns + ") VALUES(?,?,?)"),
          last_(database.number(("SELECT coalesce(max(seq), 0) FROM " + message_table(queue) + " WHERE seq < " +
                                 std::to_string(last_place))
                                    .c_str())) {}
    std::int64_t next() const { return last_ + 1; }
    void put(Item item) {
        last_ = item.seq;
        item.bind(insert_, 1);
        insert_.run();
    }

private:
    Statement insert_;
    std::int64_t last_;
};

Counts counts_of(Database& database, const NamedQueue& queue) {
    return queue.counts_fit ? queue.counts : count_all(database, queue.number);
}

void keep(Database& database, std::int64_t queue, const Counts& counts) { CountsKeeper(database, queue).keep(counts); }

}  // namespace

// One that is damaged stays where it is: there is nothing to be tried again.
std::int64_t replay_dead(const std::string& path, std::string_view name, const std::vector<std::uint64_t>& numbers) {
    Change change(path);
    const NamedQueue queue = existing(change.database, name);
    Taking taking(change.database, dead_table(queue.number));
    Putting putting(change.database, queue.number);
    const std::int64_t now = change.database.number("SELECT CAST((julianday('now') - 2440587.5) * 86400e9 AS INTEGER)");
    for (const std::uint64_t number : numbers) {
        const std::optional<Item> item = taking.look_at(number);
        if (!item || item->record.empty()) continue;
        flowrun_queue_item again = item->seen();
        again.accepted = now;
        again.due = 0;
        again.attempts = 0;
        again.error = {};
        Item made = Item::of(again);
        made.seq = putting.next();
        putting.put(std::move(made));
        taking.remove(*item);
    }
    Counts counts = counts_of(change.database, queue);
    counts.held += taking.messages;
    counts.bytes += taking.bytes;
    counts.dead -= taking.messages;
    counts.dead_bytes -= taking.bytes;
    keep(change.database, queue.number, counts);
    change.commit();
    return taking.messages;
}

std::int64_t move_items(const std::string& path, std::string_view name, std::string_view to,
                        const std::vector<std::uint64_t>& numbers) {
    if (to.empty()) throw Trouble{FLOWRUN_E_INVALID, "a queue without a name cannot be moved to"};
    if (name == to) throw Trouble{FLOWRUN_E_INVALID, "a queue cannot be moved into itself"};
    Change change(path);
    const NamedQueue from = existing(change.database, name);
    const NamedQueue other = add_queue(change.database, to, "");
    Taking taking(change.database, message_table(from.number));
    Putting putting(change.database, other.number);
    for (const std::uint64_t number : numbers) {
        const std::optional<Item> item = taking.look_at(number);
        if (!item || item->record.empty()) continue;
        const flowrun_queue_item seen = item->seen();
        putting.put(item->with(putting.next(), item->due, seen.attempts, view_of(seen.error)));
        taking.remove(*item);
    }
    Counts less = counts_of(change.database, from), more = counts_of(change.database, other);
    less.held -= taking.messages;
    less.bytes -= taking.bytes;
    more.held += taking.messages;
    more.bytes += taking.bytes;
    keep(change.database, from.number, less);
    keep(change.database, other.number, more);
    change.commit();
    return taking.messages;
}

std::int64_t drop_items(const std::string& path, std::string_view name, bool dead,
                        const std::vector<std::uint64_t>& numbers) {
    Change change(path);
    const NamedQueue queue = existing(change.database, name);
    Taking taking(change.database, dead ? dead_table(queue.number) : message_table(queue.number));
    for (const std::uint64_t number : numbers) {
        if (const std::optional<Item> item = taking.look_at(number)) taking.remove(*item);
    }
    Counts counts = counts_of(change.database, queue);
    (dead ? counts.dead : counts.held) -= taking.messages;
    (dead ? counts.dead_bytes : counts.bytes) -= taking.bytes;
    keep(change.database, queue.number, counts);
    change.commit();
    return taking.messages;
}

}  // namespace flowrun::sqlite
