#include "database.hh"

#include <fcntl.h>
#include <unistd.h>

#include <flowrun/component_table.h>

#include <cerrno>
#include <cstring>

namespace flowrun::sqlite {
namespace {

// SQLite gives a new file the mode that the umask allows: what is in a queue is for its owner alone.
void make_private(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd >= 0) {
        ::close(fd);
        return;
    }
    if (errno != EEXIST) { throw Trouble{FLOWRUN_E_UNAVAILABLE, "cannot make " + path + ": " + std::strerror(errno)}; }
}

std::int32_t status_of(int code) {
    switch (code & 0xff) {
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
        case SQLITE_SCHEMA:
        case SQLITE_MISMATCH: return FLOWRUN_E_INVALID;
        case SQLITE_NOMEM: return FLOWRUN_E_UNAVAILABLE;
        default: return FLOWRUN_E_UNAVAILABLE;
    }
}

}  // namespace

Database::Database(const std::string& path, Access access) : path_(path) {
    if (access == Access::write) make_private(path);
    const int flags = (access == Access::write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) | SQLITE_OPEN_NOMUTEX;
    const int code = sqlite3_open_v2(path.c_str(), &handle_, flags, nullptr);
    if (code == SQLITE_OK) {
        sqlite3_extended_result_codes(handle_, 1);
        sqlite3_busy_timeout(handle_, 2000);
        return;
    }
    const std::string text = handle_ != nullptr ? sqlite3_errmsg(handle_) : sqlite3_errstr(code);
    sqlite3_close(handle_);
    throw Trouble{status_of(code), path + ": " + text};
}

Database::~Database() { sqlite3_close(handle_); }

void Database::fail(int code) const {
    std::string text = path_ + ": " + sqlite3_errmsg(handle_);
    if (const int system = sqlite3_system_errno(handle_); (code & 0xff) == SQLITE_IOERR && system != 0) {
        text += std::string(" (") + std::strerror(system) + ")";
    }
    throw Trouble{status_of(code), std::move(text)};
}

void Database::run(const char* sql) {
    const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) fail(code);
}

bool Database::try_run(const char* sql) noexcept {
    return sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) == SQLITE_OK;
}

std::int64_t Database::number(const char* sql) {
    Statement statement(*this, sql);
    return statement.step() ? statement.number(0) : 0;
}

Statement::Statement(Database& database, const std::string& sql) : database_(database) {
    const int code = sqlite3_prepare_v3(database.handle(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &handle_, nullptr);
    if (code != SQLITE_OK) database.fail(code);
}

Statement& Statement::bind(int at, std::int64_t number) {
    sqlite3_bind_int64(handle_, at, number);
    return *this;
}

Statement& Statement::bind(int at, std::string_view text) {
    sqlite3_bind_text64(handle_, at, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
    return *this;
}

// An empty one is no NULL.
Statement& Statement::bind_bytes(int at, std::string_view bytes) {
    sqlite3_bind_blob64(handle_, at, bytes.empty() ? "" : bytes.data(), bytes.size(), SQLITE_STATIC);
    return *this;
}

bool Statement::step() {
    const int code = sqlite3_step(handle_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    sqlite3_reset(handle_);
    database_.fail(code);
}

void Statement::run() {
    while (step()) {}
    reset();
}

std::string_view Statement::bytes(int column) const {
    const void* data = sqlite3_column_blob(handle_, column);
    return {static_cast<const char*>(data),
            data == nullptr ? 0 : static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

}  // namespace flowrun::sqlite
