#include "store.hh"

#include <sys/stat.h>

#include <csignal>
#include <cstdlib>
#include <map>
#include <set>
#include <utility>

#include "layout.hh"
#include "location.hh"

namespace flowrun::sqlite {
namespace {

std::string whole_path(const std::string& path) {
    const std::unique_ptr<char, void (*)(void*)> real(::realpath(path.c_str(), nullptr), std::free);
    return real ? std::string(real.get()) : path;
}

const std::string& prepared(const std::string& path) {
    must_be_regular(path);
    prepare_folder(path);
    return path;
}

std::pair<std::uint64_t, std::uint64_t> file_at(const std::string& path) {
    struct stat about{};
    if (::stat(path.c_str(), &about) != 0) return {};
    return {about.st_dev, about.st_ino};
}

}  // namespace

// Queues share their file's store, and the last that closes it ends it.
std::shared_ptr<Store> Store::at(const std::string& path) {
    static std::mutex mutex;
    static std::map<std::string, std::weak_ptr<Store>> stores;
    const std::scoped_lock lock(mutex);
    if (auto known = stores[whole_path(path)].lock()) return known;
    auto made = std::make_shared<Store>(path);
    stores[whole_path(path)] = made;
    return made;
}

Store::Store(const std::string& path)
    : owner_(prepared(path)), in_handler_(path), database_(path, Database::Access::write) {
    make_layout(database_);
    file_ = file_at(path);
    // Signals are for the runner's threads.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread([this] { write(); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Store::~Store() {
    {
        const std::scoped_lock lock(mutex_);
        ending_ = true;
    }
    added_.notify_one();
    thread_.join();
}

void Store::add(Operation operation) {
    bool first = false;
    {
        const std::scoped_lock lock(mutex_);
        first = operations_.empty();
        operations_.push_back(std::move(operation));
    }
    if (first) added_.notify_one();
}

void Store::add_and_wait(Operation operation) {
    std::unique_lock lock(mutex_);
    const std::uint64_t mine = ++closes_;
    operations_.push_back(std::move(operation));
    added_.notify_one();
    closed_.wait(lock, [&] { return closes_done_ >= mine; });
}

// --- the thread ---

void Store::write() {
    pthread_setname_np(pthread_self(), "sqlite");
    std::vector<Operation> batch;
    while (true) {
        {
            std::unique_lock lock(mutex_);
            added_.wait(lock, [&] { return ending_ || !operations_.empty(); });
            if (operations_.empty()) return;
            batch.clear();
            batch.swap(operations_);
        }
        {
            const std::scoped_lock lock(opening_);
            commit(batch);
        }
        std::uint64_t closes = 0;
        for (Operation& operation : batch) {
            operation.queue->done(operation);
            if (operation.kind == Operation::Kind::close) ++closes;
        }
        if (closes == 0) continue;
        const std::scoped_lock lock(mutex_);
        closes_done_ += closes;
        closed_.notify_all();
    }
}

// SQLite goes on writing into a file that nobody will find again.
void Store::look_for_file() {
    if (broken_.empty() && file_at(database_.path()) != file_) {
        broken_ = database_.path() + " was removed or replaced while it was in use";
    }
}

void Store::commit(std::vector<Operation>& batch) {
    look_for_file();
    if (broken_.empty() && !commit_together(batch) && batch.size() > 1) {
        for (Operation& operation : batch) {
            if (broken_.empty()) commit_together({&operation, 1});
        }
    }
    if (broken_.empty()) return;
    for (Operation& operation : batch) {
        operation.status = FLOWRUN_E_UNAVAILABLE;
        operation.text = broken_;
        operation.broken = true;
    }
}

// False: none of it was done, and each knows why.
bool Store::commit_together(std::span<Operation> batch) {
    std::set<Client*> clients;
    for (const Operation& operation : batch) clients.insert(operation.queue);
    try {
        database_.run("BEGIN IMMEDIATE");
        for (Operation& operation : batch) operation.queue->apply(operation);
        for (Client* client : clients) client->before_commit();
        database_.run("COMMIT");
        for (Operation& operation : batch) operation.status = FLOWRUN_OK;
        return true;
    } catch (const Trouble& trouble) {
        note_broken(trouble.text);
        database_.try_run("ROLLBACK");
        for (Client* client : clients) client->rolled_back();
        for (Operation& operation : batch) {
            operation.status = trouble.status;
            operation.text = trouble.text;
        }
        return false;
    }
}

// After a failed write or sync nobody knows what lies on the disk; a full one has said what it did not take.
void Store::note_broken(const std::string& why) {
    const int code = sqlite3_extended_errcode(database_.handle());
    const int kind = code & 0xff;
    if (kind == SQLITE_IOERR || kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB) broken_ = why;
}

}  // namespace flowrun::sqlite
