#include "database.hh"

#include <fcntl.h>
#include <unistd.h>

#include <flowrun/component_table.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "copy.hh"
#include "location.hh"

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
        case SQLITE_TOOBIG:
        case SQLITE_MISMATCH: return FLOWRUN_E_INVALID;
        default: return FLOWRUN_E_UNAVAILABLE;
    }
}

// A log of so many pages is taken into the file.
constexpr int frames_at_most = 1000;

}  // namespace

Database::Database(const std::string& path, Access access) : path_(path) {
    constexpr int common = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
    if (access == Access::write) make_private(path);
    const int code = open(path, (access == Access::write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) | common);
    if (code != SQLITE_OK) {
        const std::string text = handle_ != nullptr ? sqlite3_errmsg(handle_) : sqlite3_errstr(code);
        close();
        throw Trouble{status_of(code), path + ": " + text};
    }
    try {
        if (access == Access::read) {
            if (!is_readable()) open_unwritable();
        } else {
            sqlite3_wal_hook(
                handle_,
                [](void* self, sqlite3*, const char*, int frames) {
                    Database& database = *static_cast<Database*>(self);
                    if (frames < std::exchange(database.frames_, frames)) {
                        database.checkpoint_at_ = frames_at_most;
                        database.in_file_ = 0;
                    }
                    return SQLITE_OK;
                },
                this);
            checkpoint_at_ = frames_at_most;
            page_size_ = number("PRAGMA page_size");
        }
    } catch (const Trouble&) {
        close();
        throw;
    }
}

Database::~Database() { close(); }

void Database::close() noexcept { sqlite3_close(std::exchange(handle_, nullptr)); }

int Database::open(const std::string& name, int flags) {
    const int code = sqlite3_open_v2(name.c_str(), &handle_, flags, nullptr);
    if (code != SQLITE_OK) return code;
    sqlite3_extended_result_codes(handle_, 1);
    sqlite3_busy_timeout(handle_, 2000);
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    return try_run("PRAGMA cell_size_check=ON") ? SQLITE_OK : sqlite3_errcode(handle_);
}

// SQLite opens the log of writes, and makes what it shares with other readers of it, when it first reads.
bool Database::is_readable() {
    const int code = sqlite3_exec(handle_, "SELECT 1 FROM sqlite_schema LIMIT 1", nullptr, nullptr, nullptr);
    if ((code & 0xff) != SQLITE_CANTOPEN && (code & 0xff) != SQLITE_READONLY) return true;
    return ::access(folder_of(path_).c_str(), W_OK) == 0;  // else it is something that whoever asks is told
}

// Nobody can have it open there for writing. Without a log the file is all; with one, a copy is read.
void Database::open_unwritable() {
    close();
    std::string name = path_;
    if (has_bytes(path_ + "-wal")) {
        copy_ = std::make_unique<Copy>(path_);
        name = copy_->path();
    }
    const int code = open(copy_ ? name : immutable_url(path_),
                          SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_URI);
    if (code != SQLITE_OK) fail(code);
}

void Database::checkpoint(Log which) {
    if (which == Log::any ? frames_ == in_file_ : frames_ < checkpoint_at_) return;
    checkpoint_at_ = frames_ + frames_at_most;  // the log goes on while somebody reads what is in it
    int in_log = 0, in_file = 0;
    const int code = sqlite3_wal_checkpoint_v2(handle_, "main", SQLITE_CHECKPOINT_PASSIVE, &in_log, &in_file);
    if (code == SQLITE_OK && in_file >= 0) in_file_ = std::min(in_file, frames_);
    if (code == SQLITE_OK || (code & 0xff) == SQLITE_BUSY || is_full()) return;
    fail(code);
}

bool Database::is_full() const noexcept {
    const int kind = sqlite3_extended_errcode(handle_) & 0xff;
    return kind == SQLITE_FULL || (kind == SQLITE_IOERR && sqlite3_system_errno(handle_) == EDQUOT);
}

void Database::leave_log() noexcept { sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr); }

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
