#include "verbs.hh"

#include <sys/stat.h>

#include <flowrun/component_table.h>

#include <cerrno>
#include <cstring>

#include "database.hh"
#include "layout.hh"
#include "location.hh"
#include "owner.hh"

namespace flowrun::sqlite {
namespace {

void must_exist(const std::string& path) {
    struct stat about{};
    if (::stat(path.c_str(), &about) != 0) {
        if (errno == ENOENT) throw Trouble{FLOWRUN_E_INVALID, "there is no store " + path};
        throw Trouble{FLOWRUN_E_UNAVAILABLE, "cannot look at " + path + ": " + std::strerror(errno)};
    }
    must_be_regular(path);
}

std::int64_t existing(Database& database, std::string_view name) {
    const std::int64_t number = number_of(database, name);
    if (number == 0) {
        std::string known;
        for (const NamedQueue& queue : queues_of(database)) known += (known.empty() ? "" : ", ") + queue.name;
        throw Trouble{FLOWRUN_E_INVALID, database.path() + " has no queue '" + std::string(name) + "'" +
                                             (known.empty() ? "" : "; it has: " + known)};
    }
    return number;
}

std::string table_of(Database& database, std::string_view name, bool dead) {
    const std::int64_t number = existing(database, name);
    return dead ? dead_table(number) : message_table(number);
}

flowrun_queue_depth depth_of(Database& database, std::int64_t queue) {
    flowrun_queue_depth depth{};
    depth.size = sizeof depth;
    Statement waiting(database,
                      "SELECT count(*), coalesce(sum(length(body)), 0), coalesce(min(accepted), 0), "
                      "coalesce(sum(due > (julianday('now') - 2440587.5) * 86400e9), 0) FROM " +
                          message_table(queue));
    if (waiting.step()) {
        depth.waiting = static_cast<std::uint64_t>(waiting.number(0));
        depth.bytes = static_cast<std::uint64_t>(waiting.number(1));
        depth.oldest = waiting.number(2);
        depth.later = static_cast<std::uint64_t>(waiting.number(3));
    }
    Statement dead(database, "SELECT count(*), coalesce(sum(length(body)), 0) FROM " + dead_table(queue));
    if (dead.step()) {
        depth.dead = static_cast<std::uint64_t>(dead.number(0));
        depth.bytes += static_cast<std::uint64_t>(dead.number(1));
    }
    return depth;
}

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

}  // namespace

void list_queues(const std::string& path,
                 const std::function<void(const std::string& name, const flowrun_queue_depth& depth)>& give) {
    must_exist(path);
    Database database(path, Database::Access::read);
    check_layout(database);
    for (const NamedQueue& queue : queues_of(database)) give(queue.name, depth_of(database, queue.number));
}

// A page at a time: a reader that stays keeps the log of writes from being taken back.
void peek_items(const std::string& path, std::string_view name, bool dead, std::uint64_t from, std::uint64_t most,
                const std::function<void(const Item&)>& give) {
    constexpr std::uint64_t page = 256;
    must_exist(path);
    Database database(path, Database::Access::read);
    check_layout(database);
    Statement rows(database, std::string("SELECT ") + item_columns + " FROM " + table_of(database, name, dead) +
                                 " WHERE seq >= ?1 ORDER BY seq LIMIT ?2");
    for (std::uint64_t left = most; left != 0;) {
        const std::uint64_t wanted = left < page ? left : page;
        std::vector<Item> items;
        for (rows.bind(1, static_cast<std::int64_t>(from)).bind(2, static_cast<std::int64_t>(wanted)); rows.step();) {
            items.push_back(Item::even_damaged(rows));
        }
        rows.reset();
        for (const Item& item : items) give(item);
        if (items.size() < wanted) return;
        left -= items.size();
        from = static_cast<std::uint64_t>(items.back().seq) + 1;
    }
}

namespace {

// To the end of the other table. What comes from `accepted` on is what it becomes: a column, or a constant.
std::int64_t carry_over(Database& database, const std::string& from, const std::string& to, const char* become,
                        const std::vector<std::uint64_t>& numbers) {
    Statement add(database, "INSERT INTO " + to + "(" + item_columns +
                                ") SELECT (SELECT coalesce(max(seq), 0) + 1 FROM " + to +
                                "), id, key, body, format, time, " + become + " FROM " + from + " WHERE seq = ?1");
    Statement remove(database, "DELETE FROM " + from + " WHERE seq = ?1");
    std::int64_t carried = 0;
    for (const std::uint64_t number : numbers) {
        add.bind(1, static_cast<std::int64_t>(number)).run();
        remove.bind(1, static_cast<std::int64_t>(number)).run();
        carried += sqlite3_changes(database.handle());
    }
    return carried;
}

}  // namespace

std::int64_t replay_dead(const std::string& path, std::string_view name, const std::vector<std::uint64_t>& numbers) {
    Change change(path);
    const std::int64_t moved = carry_over(
        change.database, table_of(change.database, name, true), table_of(change.database, name, false),
        "CAST((julianday('now') - 2440587.5) * 86400e9 AS INTEGER), 0, 0, traceparent, place, total, '', sum", numbers);
    add_to_held(change.database, existing(change.database, name), moved);
    change.commit();
    return moved;
}

std::int64_t move_items(const std::string& path, std::string_view name, std::string_view to,
                        const std::vector<std::uint64_t>& numbers) {
    if (to.empty()) throw Trouble{FLOWRUN_E_INVALID, "a queue without a name cannot be moved to"};
    if (name == to) throw Trouble{FLOWRUN_E_INVALID, "a queue cannot be moved into itself"};
    Change change(path);
    const std::string from = table_of(change.database, name, false);
    const std::int64_t other = add_queue(change.database, to, "");
    const std::int64_t moved = carry_over(change.database, from, message_table(other),
                                          "accepted, due, attempts, traceparent, place, total, error, sum", numbers);
    add_to_held(change.database, existing(change.database, name), -moved);
    add_to_held(change.database, other, moved);
    change.commit();
    return moved;
}

std::int64_t drop_items(const std::string& path, std::string_view name, bool dead,
                        const std::vector<std::uint64_t>& numbers) {
    Change change(path);
    Statement remove(change.database, "DELETE FROM " + table_of(change.database, name, dead) + " WHERE seq = ?1");
    std::int64_t dropped = 0;
    for (const std::uint64_t number : numbers) {
        remove.bind(1, static_cast<std::int64_t>(number)).run();
        dropped += sqlite3_changes(change.database.handle());
    }
    if (!dead) add_to_held(change.database, existing(change.database, name), -dropped);
    change.commit();
    return dropped;
}

std::int64_t look_at_all(const std::string& path, const std::function<void(const std::string&)>& say) {
    must_exist(path);
    Database database(path, Database::Access::read);
    check_layout(database);
    std::int64_t wrong = 0;
    Statement integrity(database, "PRAGMA integrity_check(100)");
    while (integrity.step()) {
        const std::string line(integrity.bytes(0));
        if (line == "ok") continue;
        ++wrong;
        say(line);
    }
    for (const NamedQueue& queue : queues_of(database)) {
        const std::int64_t held = held_of(database, queue.number);
        const std::int64_t there = database.number(("SELECT count(*) FROM " + message_table(queue.number)).c_str());
        if (held != there) {
            ++wrong;
            say(queue.name + ": " + std::to_string(there) + " messages are there, of " + std::to_string(held));
        }
        for (const std::string& table : {message_table(queue.number), dead_table(queue.number)}) {
            Statement rows(database, std::string("SELECT ") + item_columns + " FROM " + table + " ORDER BY seq");
            while (rows.step()) {
                try {
                    static_cast<void>(Item::of(rows));
                } catch (const Trouble& trouble) {
                    ++wrong;
                    say(queue.name + ": " + trouble.text);
                }
            }
        }
    }
    return wrong;
}

}  // namespace flowrun::sqlite
