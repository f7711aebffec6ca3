// queue-hostile PLUGIN.so FOLDER [ROUNDS]: files that are no store of sqlite.so, or that somebody has made to look like one, are opened
// as one: noise, other applications' databases, and stores with triggers, views, odd tables and numbers in them. Each is refused with
// a word, or works; nothing of it ends the process, stands still, or does what its author put into it. FOLDER is empty.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <random>

#include <sqlite3.h>

#include "queue.hh"

namespace {

struct Place {
    const flowrun_queue_table& table;
    std::string path;
    std::string url() const { return "sqlite:" + path; }
    void clear() const {
        for (const char* const end : {"", "-wal", "-shm", "-owner"}) ::unlink((path + end).c_str());
    }
};

void run(const std::string& path, const std::string& sql) {
    sqlite3* database = nullptr;
    sqlite3_open(path.c_str(), &database);
    char* why = nullptr;
    if (sqlite3_exec(database, sql.c_str(), nullptr, nullptr, &why) != SQLITE_OK)
        throw Failed("making " + path + ": " + (why != nullptr ? why : "?"));
    sqlite3_close(database);
}

std::int64_t number(const std::string& path, const char* sql) {
    sqlite3* database = nullptr;
    sqlite3_stmt* statement = nullptr;
    sqlite3_open(path.c_str(), &database);
    std::int64_t answer = -1;
    if (sqlite3_prepare_v2(database, sql, -1, &statement, nullptr) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        answer = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(database);
    return answer;
}

// In a process of its own: what is wrong.
std::string use(const Place& place) {
    std::string why;
    const auto listed = [](void*, flowrun_text, const flowrun_queue_depth*) {};
    const auto seen = [](void*, const flowrun_queue_item*) {};
    const auto said = [](void*, flowrun_text) {};
    const flowrun_text name = text_of(std::string_view("q"));
    const std::uint64_t numbers[] = {1, 2, 3, ~std::uint64_t{0}};
    place.table.list(text_of(place.url()), listed, nullptr, keep_text, &why);
    for (const std::uint32_t select : {FLOWRUN_SELECT_WAITING, FLOWRUN_SELECT_DEAD})
        place.table.peek(text_of(place.url()), name, select, 0, 100, seen, nullptr, keep_text, &why);
    place.table.fsck(text_of(place.url()), said, nullptr);
    const auto ordered = [](void*, flowrun_text, std::uint64_t) {};
    place.table.orders(text_of(place.url()), name, ordered, nullptr, keep_text, &why);
    try {
        Queue queue(place.table, place.url(), "q");
        queue.push(1, "fresh");
        for (int turn = 0; turn < 200 && queue.broken().empty(); ++turn) {
            for (const Taken& one : queue.take(100)) queue.ack(one.lease);
            if (queue.answered(1) && queue.depth().waiting + queue.depth().leased == 0) break;
            queue.wait_a_moment();
        }
    } catch (const Refused& refused) {
        if (refused.why.empty()) return "refused without a word";
    }
    place.table.replay(text_of(place.url()), name, numbers, 4, keep_text, &why);
    place.table.move(text_of(place.url()), name, text_of(std::string_view("r")), numbers, 4, keep_text, &why);
    place.table.drop(text_of(place.url()), name, FLOWRUN_SELECT_WAITING, numbers, 4, keep_text, &why);
    return {};
}

bool holds(const Place& place, const std::string& what) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::alarm(30);
        const std::string wrong = use(place);
        if (!wrong.empty()) std::printf("%s: %s\n", what.c_str(), wrong.c_str());
        std::fflush(stdout);
        ::_exit(wrong.empty() ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    if (WIFSIGNALED(status)) std::printf("%s: signal %d\n", what.c_str(), WTERMSIG(status));
    return status == 0;
}

// A store with three messages that wait and one that is dead, to be changed by its foe.
void make(const Place& place) {
    Queue queue(place.table, place.url(), "q");
    for (std::uint64_t i = 1; i <= 4; ++i) require(queue.hold(i, "body " + std::to_string(i)) == FLOWRUN_OK, "push");
    queue.reject(queue.take_all(1)[0].lease);
    queue.settled(1);
}

const char* const foes[] = {
    "CREATE TABLE evidence(x); CREATE TRIGGER a AFTER INSERT ON message_1 BEGIN INSERT INTO evidence VALUES(1); DELETE "
    "FROM "
    "message_1; END; CREATE TRIGGER b AFTER DELETE ON message_1 BEGIN INSERT INTO evidence VALUES(1); END; CREATE "
    "TRIGGER c "
    "AFTER UPDATE ON queue BEGIN INSERT INTO evidence VALUES(1); END; CREATE TRIGGER d AFTER INSERT ON dead_1 BEGIN "
    "INSERT "
    "INTO evidence VALUES(1); END",
    "DROP TABLE message_1; CREATE VIEW message_1 AS SELECT 1 AS seq, 0 AS due, x'00' AS item",
    "DROP TABLE queue; CREATE VIEW queue AS SELECT 1 AS number, 'q' AS name, '' AS flow, 0 AS sum, 1 AS held, 1 AS "
    "bytes, 1 AS "
    "dead, 1 AS dead_bytes, 0 AS counts_sum",
    "DROP TABLE queue",
    "DROP TABLE dead_1",
    "DROP INDEX later_1; CREATE INDEX later_1 ON message_1(due)",
    "CREATE UNIQUE INDEX foe ON message_1(due) WHERE seq > 4",
    "ALTER TABLE message_1 ADD COLUMN more TEXT DEFAULT 'x'",
    "UPDATE queue SET number = 9223372036854775807",
    "UPDATE queue SET number = -1",
    "UPDATE queue SET held = 9223372036854775807, bytes = -9223372036854775807, dead = -1",
    "UPDATE queue SET held = 1e300, counts_sum = 'text'",
    "UPDATE queue SET name = x'ff00'",
    "UPDATE queue SET sum = 0",
    "INSERT INTO queue VALUES(2, 'r', '', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)",
    "DROP TABLE delivery; CREATE VIEW delivery AS SELECT 1 AS queue, 0 AS after, 'order: none' AS words, 0 AS sum",
    "UPDATE delivery SET words = 'order: by_key, key: x'",
    "UPDATE delivery SET after = 9223372036854775807, words = x'00ff', sum = 'text'",
    "INSERT INTO delivery SELECT 1, -9223372036854775807, words, sum FROM delivery",
    "UPDATE message_1 SET seq = 9223372036854775807 WHERE seq = 4",
    "UPDATE message_1 SET seq = -9223372036854775807 WHERE seq = 4",
    "UPDATE message_1 SET due = 9223372036854775807",
    "UPDATE message_1 SET due = 'text'",
    "UPDATE message_1 SET item = x''",
    "UPDATE message_1 SET item = 'text'",
    "UPDATE message_1 SET item = 17",
    "UPDATE message_1 SET item = zeroblob(100000000)",
    "UPDATE dead_1 SET item = x'00', seq = 9223372036854775807",
    "PRAGMA user_version = 0",
    "PRAGMA user_version = 1",
    "PRAGMA user_version = 2147483647",
    "PRAGMA user_version = -2147483648",
    "PRAGMA application_id = 1",
    "PRAGMA journal_mode = DELETE",
    "PRAGMA auto_vacuum = FULL; VACUUM",
    "PRAGMA journal_mode = DELETE; PRAGMA page_size = 65536; VACUUM",
    "PRAGMA journal_mode = DELETE; PRAGMA page_size = 512; VACUUM",
};
const char* const others[] = {
    "CREATE TABLE t(x); INSERT INTO t VALUES(1)",
    "PRAGMA application_id = 1718383991",
    "PRAGMA application_id = 1718383991; PRAGMA user_version = 4; CREATE TABLE t(x)",
    "PRAGMA application_id = 1718383991; PRAGMA user_version = 4; CREATE TABLE queue(x)",
    "PRAGMA user_version = 4; CREATE TABLE queue(number INTEGER PRIMARY KEY)",
    "PRAGMA encoding = 'UTF-16'; CREATE TABLE t(x)",
};

int all(const Place& place, int rounds) {
    int runs = 0, wrong = 0;
    const auto look = [&](const std::string& what) {
        ++runs;
        if (!holds(place, what)) ++wrong;
    };
    for (const char* const foe : foes) {
        place.clear();
        make(place);
        run(place.path, foe);
        look(foe);
        if (const std::int64_t n = number(place.path, "SELECT count(*) FROM evidence"); n > 0) {
            ++wrong;
            std::printf("a trigger of somebody else's ran %lld times\n", static_cast<long long>(n));
        }
    }
    for (const char* const other : others) {
        place.clear();
        run(place.path, other);
        look(other);
    }
    for (int round = 0; round < rounds; ++round) {
        std::mt19937_64 random(static_cast<std::uint64_t>(round));
        place.clear();
        std::string noise(random() % 20'000, '\0');
        for (char& c : noise) c = static_cast<char>(random());
        if (round % 3 == 1) noise.replace(0, 16, "SQLite format 3", 16);
        std::ofstream(place.path, std::ios::binary) << noise;
        if (round % 3 == 2) {
            place.clear();
            make(place);
            std::fstream file(place.path, std::ios::binary | std::ios::in | std::ios::out);
            for (int i = 0; i < 20; ++i) {
                file.seekp(static_cast<std::streamoff>(random() % 24'576));
                file.put(static_cast<char>(random()));
            }
        }
        look("noise " + std::to_string(round));
    }
    std::printf("%d files, %d wrong\n", runs, wrong);
    return wrong == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3 && argc != 4) {
        std::fprintf(stderr, "usage: queue-hostile PLUGIN.so FOLDER [ROUNDS]\n");
        return 64;
    }
    const flowrun_queue_table* const table = table_of(argv[1]);
    if (table == nullptr) return 69;
    try {
        return all({*table, std::string(argv[2]) + "/store.db"}, argc == 4 ? std::atoi(argv[3]) : 100);
    } catch (const Failed& why) {
        std::printf("%s\n", why.what());
        return 1;
    }
}
