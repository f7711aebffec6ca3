#include "store.hh"

#include <pthread.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <iterator>
#include <map>
#include <utility>

#include "layout.hh"
#include "location.hh"

namespace flowrun::sqlite {
namespace {

// How long what nobody waits for waits for company.
constexpr auto patience = std::chrono::microseconds(300);
// And how long what could not be done, and is tried again.
constexpr auto pause = std::chrono::milliseconds(100);

const std::string& prepared(const std::string& path) {
    must_be_regular(path);
    prepare_folder(path);
    return path;
}

std::vector<Client*> clients_of(std::span<const Operation> batch) {
    std::vector<Client*> clients;
    for (const Operation& operation : batch) {
        if (!clients.empty() && clients.back() == operation.queue) continue;
        if (std::find(clients.begin(), clients.end(), operation.queue) == clients.end())
            clients.push_back(operation.queue);
    }
    return clients;
}

// The stores of this process.
struct Stores {
    std::mutex mutex;
    std::map<std::string, std::weak_ptr<Store>> by_path;
    static Stores& of_process() {
        static Stores stores;
        return stores;
    }
};

}  // namespace

// Queues share their file's store, and the last that closes it ends it.
std::shared_ptr<Store> Store::at(const std::string& path) {
    Stores& stores = Stores::of_process();
    const std::scoped_lock lock(stores.mutex);
    if (auto one = stores.by_path[whole_path(path)].lock()) return one;
    auto made = std::make_shared<Store>(path);
    stores.by_path[whole_path(path)] = made;
    return made;
}

std::shared_ptr<Store> Store::known(const std::string& path) {
    Stores& stores = Stores::of_process();
    const std::scoped_lock lock(stores.mutex);
    const auto at = stores.by_path.find(whole_path(path));
    return at == stores.by_path.end() ? nullptr : at->second.lock();
}

Store::Store(const std::string& path)
    : owner_(prepared(path)), in_handler_(path), database_(path, Database::Access::write) {
    // What lies beside it may be of a store that was removed.
    if (make_layout(database_)) in_handler_.clear();
    whereabouts_.emplace(path);
    room_.emplace(path + "-wal", database_.number("PRAGMA page_size"));
    // Signals are for the runner's threads.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread([this] { write(); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

// What lies at its place now, where it is another's, is not to be touched.
Store::~Store() {
    {
        const std::scoped_lock lock(mutex_);
        ending_ = true;
    }
    added_.notify_one();
    thread_.join();
    if (!broken_.empty() || whereabouts_->changed()) database_.leave_log();
}

void Store::add(Operation operation, Haste haste) {
    bool wake = false;
    {
        const std::scoped_lock lock(mutex_);
        if (std::find(closing_.begin(), closing_.end(), operation.queue) != closing_.end()) return;
        if (haste == Haste::later) {
            if (later_.empty()) later_at_ = Clock::now() + pause;
            later_.push_back(std::move(operation));
        } else {
            const bool first = operations_.empty();
            operations_.push_back(std::move(operation));
            const bool hurries = haste == Haste::now && !std::exchange(hurried_, hurried_ || haste == Haste::now);
            wake = hurries || (first && !watching_);
        }
    }
    if (wake) added_.notify_one();
}

void Store::add_and_wait(Operation operation) {
    std::unique_lock lock(mutex_);
    const std::uint64_t mine = ++closes_;
    const Client* const queue = operation.queue;
    closing_.push_back(queue);
    std::erase_if(later_, [&](const Operation& one) { return one.queue == queue; });
    operations_.push_back(std::move(operation));
    hurried_ = true;
    added_.notify_one();
    closed_.wait(lock, [&] { return closes_done_ >= mine; });
    std::erase(closing_, queue);
}

Client* Store::open_queue(std::int64_t queue) const {
    const auto at = clients_.find(queue);
    return at == clients_.end() ? nullptr : at->second;
}

void Store::between(const std::function<void()>& what) {
    Between mine{what};
    std::unique_lock lock(mutex_);
    between_.push_back(&mine);
    hurried_ = true;
    added_.notify_one();
    closed_.wait(lock, [&] { return mine.over; });
    if (mine.failed) std::rethrow_exception(mine.failed);
}

// --- the thread ---

void Store::run_between() {
    std::vector<Between*> all;
    {
        const std::scoped_lock lock(mutex_);
        all.swap(between_);
    }
    for (Between* one : all) {
        try {
            const std::scoped_lock lock(opening_);
            if (!broken_.empty()) throw Trouble{FLOWRUN_E_UNAVAILABLE, broken_};
            one->what();
        } catch (...) { one->failed = std::current_exception(); }
        const std::scoped_lock lock(mutex_);
        one->over = true;
        closed_.notify_all();
    }
}

// False: it is over. Whoever answers soon after he was given something finds it watching, and wakes nobody.
bool Store::wait_for_operations(std::vector<Operation>& batch) {
    std::unique_lock lock(mutex_);
    const auto called = [this] { return ending_ || hurried_; };
    for (;;) {
        watching_ = true;
        const bool hurries = added_.wait_for(lock, patience, called);
        watching_ = false;
        if (!later_.empty() && (ending_ || Clock::now() >= later_at_)) {
            operations_.insert(operations_.end(), std::make_move_iterator(later_.begin()),
                               std::make_move_iterator(later_.end()));
            later_.clear();
        }
        if (hurries || !operations_.empty() || (!held_.empty() && Clock::now() >= held_at_)) break;
        const auto any = [&] { return called() || !operations_.empty(); };
        auto until = Clock::time_point::max();
        if (!later_.empty()) until = later_at_;
        if (!held_.empty()) until = std::min(until, held_at_);
        until == Clock::time_point::max() ? added_.wait(lock, any) : void(added_.wait_until(lock, until, any));
    }
    if (operations_.empty() && between_.empty() && ending_) return false;
    hurried_ = false;
    batch.clear();
    batch.swap(operations_);
    return true;
}

void Store::write() {
    pthread_setname_np(pthread_self(), "sqlite");
    std::vector<Operation> batch;
    while (wait_for_operations(batch)) {
        if (!batch.empty() || !held_.empty()) {
            const std::scoped_lock lock(opening_);
            commit(batch);
        }
        for (Client* client : clients_of(batch)) client->done(batch);
        tell_held();
        const auto closes = std::count_if(batch.begin(), batch.end(), [](const Operation& operation) {
            return operation.kind == Operation::Kind::close;
        });
        if (closes != 0) {
            const std::scoped_lock lock(mutex_);
            closes_done_ += static_cast<std::uint64_t>(closes);
            closed_.notify_all();
        }
        run_between();
        look_after_log();
    }
}

void Store::commit(std::vector<Operation>& batch) {
    if (broken_.empty() && whereabouts_->changed())
        broken_ = database_.path() + " was removed or replaced while it was in use";
    batch.insert(batch.begin(), std::make_move_iterator(held_.begin()), std::make_move_iterator(held_.end()));
    held_.clear();
    if (broken_.empty()) commit_with_room(batch);
    if (broken_.empty()) return hold(batch);
    for (Operation& operation : batch) {
        operation.status = FLOWRUN_E_UNAVAILABLE;
        operation.text = broken_;
        operation.broken = true;
    }
}

// What is read is what was pushed before, as where they are done together. After one for which there is no room on the disk the
// others, which come behind it, are not tried.
void Store::commit_each(std::span<Operation> batch) {
    const Operation* full = nullptr;
    for (const bool reads : {false, true}) {
        for (Operation& operation : batch) {
            if (!broken_.empty()) return;
            if ((operation.kind == Operation::Kind::read) != reads) continue;
            if (full == nullptr || reads) commit_together({&operation, 1});
            if (operation.full && full == nullptr) full = &operation;
            if (full == nullptr || reads) continue;
            operation.full = true;
            operation.status = full->status;
            operation.text = full->text;
        }
    }
}

// False: none of it was done, and each knows why.
bool Store::commit_together(std::span<Operation> batch) {
    const std::vector<Client*> clients = clients_of(batch);
    try {
        database_.run("BEGIN IMMEDIATE");
        for (Client* client : clients) client->apply(batch);
        database_.run("COMMIT");
        for (Client* client : clients) client->committed();
        for (Operation& operation : batch) {
            operation.status = FLOWRUN_OK;
            operation.full = false;
        }
        return true;
    } catch (const Trouble& trouble) {
        const bool full = database_.is_full();
        if (!full) note_broken(trouble.text);
        database_.try_run("ROLLBACK");
        for (Operation& operation : batch) {
            operation.full = full;
            operation.status = trouble.status;
            operation.text = trouble.text;
        }
        return false;
    }
}

// After everybody has his answer: they wait for the log, not for the file into which it goes.
void Store::look_after_log() {
    if (!broken_.empty()) return;
    const std::scoped_lock lock(opening_);
    room_->make(database_.frames());
    try {
        database_.checkpoint();
    } catch (const Trouble& trouble) { note_broken(trouble.text); }
}

// After a failed write or sync nobody knows what lies on the disk; a full one has said what it did not take.
void Store::note_broken(const std::string& why) {
    const int kind = sqlite3_extended_errcode(database_.handle()) & 0xff;
    if (kind == SQLITE_IOERR || kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB) broken_ = why;
}

}  // namespace flowrun::sqlite
