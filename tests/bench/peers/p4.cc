// Durable queues by hand: p4 log|sqlite FOLDER MESSAGES BATCH. Each message is synced before the next batch begins, consumed and
// removed; `log` is a bare file with fdatasync, `sqlite` a table in WAL mode with synchronous=FULL, used as is usual: a
// commit to put a batch in, and one to take it out.
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include <sqlite3.h>

#include "p4.hh"

namespace {

using bench::body, bench::die;

void by_log(const std::string& folder, long messages, long batch) {
    const std::string path = folder + "/log";
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) die("cannot open the log");
    std::string block;
    for (long i = 0; i < batch; ++i) block += body;
    const double begin = bench::now();
    for (long done = 0; done < messages; done += batch) {
        if (::write(fd, block.data(), block.size()) != static_cast<ssize_t>(block.size())) die("write");
        if (::fdatasync(fd) != 0) die("fdatasync");
    }
    bench::report(static_cast<double>(messages), bench::now() - begin);
    ::close(fd);
    ::unlink(path.c_str());
}

void must(sqlite3* db, int code) {
    if (code != SQLITE_OK && code != SQLITE_DONE && code != SQLITE_ROW) die(sqlite3_errmsg(db));
}

void by_sqlite(const std::string& folder, long messages, long batch) {
    const std::string path = folder + "/peer.db";
    sqlite3* db = nullptr;
    must(db, sqlite3_open(path.c_str(), &db));
    const auto run = [db](const char* sql) { must(db, sqlite3_exec(db, sql, nullptr, nullptr, nullptr)); };
    run("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE q(seq INTEGER PRIMARY KEY, body BLOB)");
    sqlite3_stmt *put = nullptr, *take = nullptr, *remove = nullptr;
    must(db, sqlite3_prepare_v2(db, "INSERT INTO q(body) VALUES(?)", -1, &put, nullptr));
    must(db, sqlite3_prepare_v2(db, "SELECT seq, body FROM q ORDER BY seq LIMIT ?", -1, &take, nullptr));
    must(db, sqlite3_prepare_v2(db, "DELETE FROM q WHERE seq <= ?", -1, &remove, nullptr));
    const double begin = bench::now();
    for (long done = 0; done < messages; done += batch) {
        run("BEGIN IMMEDIATE");
        for (long i = 0; i < batch; ++i) {
            sqlite3_bind_blob(put, 1, body.data(), static_cast<int>(body.size()), SQLITE_STATIC);
            must(db, sqlite3_step(put));
            sqlite3_reset(put);
        }
        run("COMMIT");
        sqlite3_int64 last = 0;
        sqlite3_bind_int64(take, 1, batch);
        while (sqlite3_step(take) == SQLITE_ROW) last = sqlite3_column_int64(take, 0);
        sqlite3_reset(take);
        run("BEGIN IMMEDIATE");
        sqlite3_bind_int64(remove, 1, last);
        must(db, sqlite3_step(remove));
        sqlite3_reset(remove);
        run("COMMIT");
    }
    bench::report(static_cast<double>(messages), bench::now() - begin);
    for (sqlite3_stmt* statement : {put, take, remove}) sqlite3_finalize(statement);
    sqlite3_close(db);
    for (const char* end : {"", "-wal", "-shm"}) ::unlink((path + end).c_str());
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 5) die("log|sqlite FOLDER MESSAGES BATCH");
    const std::string_view how = argv[1];
    const auto [messages, batch] = bench::numbers(argv + 3);
    how == "log" ? by_log(argv[2], messages, batch) : by_sqlite(argv[2], messages, batch);
}
