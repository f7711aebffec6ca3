#include "layout.hh"

#include <flowrun/component_table.h>

#include "sum.hh"

namespace flowrun::sqlite {
namespace {

constexpr std::int64_t application = 0x666c7177;

std::string items(const std::string& table) {
    return "CREATE TABLE " + table +
           "(seq INTEGER PRIMARY KEY, id TEXT NOT NULL, key TEXT NOT NULL, body BLOB NOT NULL, format INTEGER NOT "
           "NULL, "
           "time INTEGER NOT NULL, accepted INTEGER NOT NULL, due INTEGER NOT NULL, attempts INTEGER NOT NULL, "
           "traceparent TEXT NOT NULL, place INTEGER NOT NULL, total INTEGER NOT NULL, error TEXT NOT NULL, "
           "sum INTEGER NOT NULL)";
}

std::int64_t sum_of(std::int64_t number, std::string_view name) {
    Sum sum;
    sum.add(name);
    return sum.value() ^ number;
}

// The definitions are a part of the file like any other, and with a flipped bit they mean something else.
void check_tables(Database& database) {
    Statement definition(database, "SELECT sql FROM sqlite_schema WHERE name = ?");
    for (const NamedQueue& queue : queues_of(database)) {
        for (const std::string& table : {message_table(queue.number), dead_table(queue.number)}) {
            definition.bind(1, table);
            const bool whole = definition.step() && definition.bytes(0) == items(table);
            definition.reset();
            if (!whole)
                throw Trouble{FLOWRUN_E_INVALID,
                              database.path() + " is damaged: table " + table + " is not as it was made"};
        }
    }
}

}  // namespace

void make_layout(Database& database) {
    database.run("PRAGMA journal_mode=WAL");
    database.run("PRAGMA synchronous=FULL");
    const bool empty = database.number("SELECT count(*) FROM sqlite_schema") == 0;
    if (empty && database.number("PRAGMA application_id") == 0) {
        database.run("BEGIN IMMEDIATE");
        database.run(
            "CREATE TABLE queue(number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, flow TEXT NOT NULL, "
            "held INTEGER NOT NULL, sum INTEGER NOT NULL)");
        database.run(("PRAGMA user_version=" + std::to_string(layout_version)).c_str());
        database.run(("PRAGMA application_id=" + std::to_string(application)).c_str());
        database.run("COMMIT");
    }
    check_layout(database);
}

void check_layout(Database& database) {
    if (database.number("PRAGMA application_id") != application) {
        throw Trouble{FLOWRUN_E_INVALID, database.path() + " is a database of something else, not a store of flowrun"};
    }
    const std::int64_t version = database.number("PRAGMA user_version");
    if (version != layout_version && version <= 0) {
        throw Trouble{FLOWRUN_E_INVALID,
                      database.path() + " is damaged: there is no layout " + std::to_string(version)};
    }
    if (version > layout_version) {
        throw Trouble{FLOWRUN_E_INVALID, database.path() + " was written by a newer flowrun (layout " +
                                             std::to_string(version) + "; this one knows " +
                                             std::to_string(layout_version) + ")"};
    }
    check_tables(database);
}

std::vector<NamedQueue> queues_of(Database& database) {
    std::vector<NamedQueue> all;
    Statement statement(database, "SELECT number, name, sum FROM queue ORDER BY name");
    while (statement.step()) {
        all.push_back({statement.number(0), std::string(statement.bytes(1))});
        if (statement.number(2) == sum_of(all.back().number, all.back().name)) continue;
        throw Trouble{FLOWRUN_E_INVALID, database.path() + " is damaged: the name of a queue has changed"};
    }
    return all;
}

std::int64_t number_of(Database& database, std::string_view name) {
    Statement statement(database, "SELECT number FROM queue WHERE name = ?");
    statement.bind(1, name);
    return statement.step() ? statement.number(0) : 0;
}

std::int64_t add_queue(Database& database, std::string_view name, std::string_view flow) {
    std::int64_t number = number_of(database, name);
    if (number != 0) return number;
    number = database.number("SELECT coalesce(max(number), 0) + 1 FROM queue");
    Statement insert(database, "INSERT INTO queue(number, name, flow, held, sum) VALUES(?, ?, ?, 0, ?)");
    insert.bind(1, number).bind(2, name).bind(3, flow).bind(4, sum_of(number, name)).run();
    database.run(items(message_table(number)).c_str());
    database.run(items(dead_table(number)).c_str());
    return number;
}

std::int64_t held_of(Database& database, std::int64_t queue) {
    Statement held(database, "SELECT held FROM queue WHERE number = ?");
    held.bind(1, queue);
    return held.step() ? held.number(0) : 0;
}

void add_to_held(Database& database, std::int64_t queue, std::int64_t more) {
    Statement held(database, "UPDATE queue SET held = held + ? WHERE number = ?");
    held.bind(1, more).bind(2, queue).run();
}

std::string message_table(std::int64_t queue) { return "message_" + std::to_string(queue); }
std::string dead_table(std::int64_t queue) { return "dead_" + std::to_string(queue); }

}  // namespace flowrun::sqlite
