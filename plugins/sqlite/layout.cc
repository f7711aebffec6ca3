#include "layout.hh"

#include <flowrun/component_table.h>

#include <iterator>

#include "item.hh"
#include "sum.hh"

namespace flowrun::sqlite {
namespace {

constexpr std::int64_t application = 0x666c7177;
constexpr std::int64_t most_queues = 1'000'000;

constexpr const char queue_definition[] =
    "CREATE TABLE queue(number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, flow TEXT NOT NULL, sum INTEGER NOT "
    "NULL, "
    "held INTEGER NOT NULL, bytes INTEGER NOT NULL, dead INTEGER NOT NULL, dead_bytes INTEGER NOT NULL, "
    "pushed INTEGER NOT NULL, put INTEGER NOT NULL, acked INTEGER NOT NULL, buried INTEGER NOT NULL, "
    "taken INTEGER NOT NULL, lost INTEGER NOT NULL, dead_taken INTEGER NOT NULL, "
    "counts_sum INTEGER NOT NULL)";

constexpr const char delivery_definition[] =
    "CREATE TABLE delivery(queue INTEGER NOT NULL, after INTEGER NOT NULL, words TEXT NOT NULL, sum INTEGER NOT NULL)";

std::string table_definition(const std::string& table) {
    return "CREATE TABLE " + table + "(seq INTEGER PRIMARY KEY, due INTEGER NOT NULL, item BLOB NOT NULL)";
}
std::string index_definition(std::int64_t queue) {
    return "CREATE INDEX later_" + std::to_string(queue) + " ON " + message_table(queue) + "(due) WHERE due <> 0";
}

std::int64_t sum_of(const NamedQueue& queue) {
    Sum sum;
    sum.add(queue.number);
    sum.add(queue.name);
    sum.add(queue.flow);
    return sum.value();
}

// In the order of their columns.
constexpr std::int64_t Counts::* columns[] = {&Counts::held,   &Counts::bytes, &Counts::dead,      &Counts::dead_bytes,
                                              &Counts::pushed, &Counts::put,   &Counts::acked,     &Counts::buried,
                                              &Counts::taken,  &Counts::lost,  &Counts::dead_taken};
constexpr int n_columns = static_cast<int>(std::size(columns));

std::int64_t sum_of(std::int64_t queue, const Counts& counts) {
    Sum sum;
    sum.add(queue);
    for (const auto column : columns) sum.add(counts.*column);
    return sum.value();
}

// The definitions are a part of the file like any other, and with a flipped bit they mean something else. What else somebody
// has put there is not looked at; Database sees to it that it does nothing.
void check_definitions(Database& database) {
    Statement definition(database, "SELECT sql FROM sqlite_schema WHERE name = ?");
    const auto must_be = [&](const std::string& name, const std::string& sql) {
        definition.bind(1, name);
        const bool whole = definition.step() && definition.bytes(0) == sql;
        definition.reset();
        if (whole) return;
        throw Trouble{FLOWRUN_E_INVALID, database.path() + " is damaged: table " + name + " is not as it was made"};
    };
    must_be("queue", queue_definition);
    must_be("delivery", delivery_definition);
    for (const NamedQueue& queue : queues_of(database)) {
        for (const std::string& table : {message_table(queue.number), dead_table(queue.number)})
            must_be(table, table_definition(table));
        must_be("later_" + std::to_string(queue.number), index_definition(queue.number));
    }
}

void check_version(Database& database) {
    const std::int64_t version = database.number("PRAGMA user_version");
    if (version == layout_version) return;
    if (version <= 0) {
        throw Trouble{FLOWRUN_E_INVALID,
                      database.path() + " is damaged: there is no layout " + std::to_string(version)};
    }
    const std::string known =
        "(layout " + std::to_string(version) + "; this one knows " + std::to_string(layout_version) + ")";
    if (version > layout_version) {
        throw Trouble{FLOWRUN_E_INVALID, database.path() + " was written by a newer flowrun " + known};
    }
    throw Trouble{FLOWRUN_E_INVALID, database.path() + " was written by an older flowrun " + known +
                                         ": let that one deliver what is in it, then remove it"};
}

}  // namespace

bool make_layout(Database& database) {
    database.run("PRAGMA journal_mode=WAL");
    database.run("PRAGMA synchronous=FULL");
    const bool empty = database.number("SELECT count(*) FROM sqlite_schema") == 0;
    const bool is_new = empty && database.number("PRAGMA application_id") == 0;
    if (is_new) {
        database.run("BEGIN IMMEDIATE");
        database.run(queue_definition);
        database.run(delivery_definition);
        database.run(("PRAGMA user_version=" + std::to_string(layout_version)).c_str());
        database.run(("PRAGMA application_id=" + std::to_string(application)).c_str());
        database.run("COMMIT");
    }
    check_layout(database);
    if (sqlite3_db_readonly(database.handle(), "main") == 0) return is_new;
    throw Trouble{FLOWRUN_E_INVALID, database.path() + " may not be written, or is damaged: it says so itself"};
}

void check_layout(Database& database) {
    if (database.number("PRAGMA application_id") != application) {
        throw Trouble{FLOWRUN_E_INVALID, database.path() + " is a database of something else, not a store of flowrun"};
    }
    check_version(database);
    check_definitions(database);
}

std::vector<NamedQueue> queues_of(Database& database) {
    std::vector<NamedQueue> all;
    Statement rows(database, "SELECT * FROM queue ORDER BY name");
    while (rows.step()) {
        NamedQueue& queue = all.emplace_back();
        queue.number = rows.number(0);
        queue.name = rows.bytes(1);
        queue.flow = rows.bytes(2);
        for (int i = 0; i < n_columns; ++i) queue.counts.*columns[i] = rows.number(4 + i);
        queue.counts_fit = rows.number(4 + n_columns) == sum_of(queue.number, queue.counts);
        if (rows.number(3) == sum_of(queue) && queue.number >= 1 && queue.number <= most_queues) continue;
        throw Trouble{FLOWRUN_E_INVALID, database.path() + " is damaged: the name of a queue has changed"};
    }
    return all;
}

NamedQueue queue_of(Database& database, std::string_view name) {
    for (NamedQueue& queue : queues_of(database)) {
        if (queue.name == name) return std::move(queue);
    }
    return {};
}

NamedQueue existing(Database& database, std::string_view name) {
    NamedQueue queue = queue_of(database, name);
    if (queue.number != 0) return queue;
    std::string known;
    for (const NamedQueue& other : queues_of(database)) known += (known.empty() ? "" : ", ") + other.name;
    throw Trouble{FLOWRUN_E_INVALID, database.path() + " has no queue '" + std::string(name) + "'" +
                                         (known.empty() ? "" : "; it has: " + known)};
}

NamedQueue add_queue(Database& database, std::string_view name, std::string_view flow) {
    NamedQueue queue = queue_of(database, name);
    if (queue.number != 0) return queue;
    queue.number = database.number("SELECT coalesce(max(number), 0) + 1 FROM queue");
    queue.name = name;
    queue.flow = flow;
    Statement insert(database, "INSERT INTO queue VALUES(?, ?, ?, ?, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ?)");
    insert.bind(1, queue.number).bind(2, queue.name).bind(3, queue.flow).bind(4, sum_of(queue));
    insert.bind(5, sum_of(queue.number, {})).run();
    database.run(table_definition(message_table(queue.number)).c_str());
    database.run(table_definition(dead_table(queue.number)).c_str());
    database.run(index_definition(queue.number).c_str());
    return queue;
}

CountsKeeper::CountsKeeper(Database& database, std::int64_t queue)
    : update_(database,
              "UPDATE queue SET held = ?2, bytes = ?3, dead = ?4, dead_bytes = ?5, pushed = ?6, put = ?7, acked = ?8, "
              "buried = ?9, taken = ?10, lost = ?11, dead_taken = ?12, counts_sum = ?13 WHERE number = ?1"),
      queue_(queue) {}

void CountsKeeper::keep(const Counts& counts) {
    update_.bind(1, queue_);
    for (int i = 0; i < n_columns; ++i) update_.bind(2 + i, counts.*columns[i]);
    update_.bind(2 + n_columns, sum_of(queue_, counts)).run();
}

Counts count_all(Database& database, std::int64_t queue) {
    Counts counts;
    const auto count = [&](const std::string& table, std::int64_t& messages, std::int64_t& bytes) {
        Statement rows(database, selection(table, ""));
        for (; rows.step(); ++messages) bytes += static_cast<std::int64_t>(Item::even_damaged(rows).bytes);
    };
    count(message_table(queue), counts.held, counts.bytes);
    count(dead_table(queue), counts.dead, counts.dead_bytes);
    return counts;
}

std::string selection(const std::string& table, const std::string& which) {
    return std::string("SELECT ") + item_columns + " FROM " + table + " " + which;
}
std::string message_table(std::int64_t queue) { return "message_" + std::to_string(queue); }
std::string dead_table(std::int64_t queue) { return "dead_" + std::to_string(queue); }

}  // namespace flowrun::sqlite
