#pragma once
// SQLite's handles, owned. Everything throws Trouble.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <sqlite3.h>

#include "trouble.hh"

namespace flowrun::sqlite {

class Copy;
class Statement;

// One connection; one thread at a time.
class Database {
public:
    enum class Access : std::uint8_t { read, write };
    // `write`: makes the file where there is none, mode 0600. `read` changes nothing, and does with a folder in which nothing can
    // be made. Whatever else somebody has put into a file does nothing: no
    // trigger, no view, no function of its own.
    Database(const std::string& path, Access access);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    void run(const char* sql);
    std::int64_t number(const char* sql);  // the first column of the first row
    bool try_run(const char* sql) noexcept;
    // Takes the log of writes into the file itself, where it has become long; throws where that fails for good.
    enum class Log : bool { long_one, any };
    void checkpoint(Log which = Log::long_one);
    // What lies in the log and not yet in the file.
    std::int64_t bytes_not_in_file() const { return static_cast<std::int64_t>(frames_ - in_file_) * page_size_; }
    // What failed last did so since the disk, or a quota of it, is used up.
    bool is_full() const noexcept;
    // The log stays as it is when this is closed.
    void leave_log() noexcept;
    [[noreturn]] void fail(int code) const;
    const std::string& path() const { return path_; }
    sqlite3* handle() const { return handle_; }
    int frames() const { return frames_; }  // in the log, after the last commit

private:
    int open(const std::string& name, int flags);
    bool is_readable();
    void open_unwritable();
    void close() noexcept;

    const std::string path_;
    sqlite3* handle_ = nullptr;
    int frames_ = 0;
    int in_file_ = 0;  // of these
    std::int64_t page_size_ = 4096;
    int checkpoint_at_ = 0;
    std::unique_ptr<Copy> copy_;
};

// A prepared statement. Text that is bound must stand until the next step(); columns until the next step or reset.
class Statement {
public:
    Statement(Database& database, const std::string& sql);
    ~Statement() { sqlite3_finalize(handle_); }
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    Statement& bind(int at, std::int64_t number);
    Statement& bind(int at, std::string_view text);
    Statement& bind_bytes(int at, std::string_view bytes);
    bool step();  // whether there is a row
    void run();   // to its end, and ready for the next
    void reset() { sqlite3_reset(handle_); }
    std::int64_t number(int column) const { return sqlite3_column_int64(handle_, column); }
    std::string_view bytes(int column) const;

private:
    Database& database_;
    sqlite3_stmt* handle_ = nullptr;
};

}  // namespace flowrun::sqlite
