#pragma once
// One file with its queues, opened for writing, and the one thread that writes it. What has come in while it committed is
// committed together, with nothing waited for: one message alone is as fast as the disk, many share its cost. Only what nobody
// waits for, as the removal of what was dealt with, waits a moment for company.
//
// A commit that fails is taken apart, and each of its operations tried by itself. A file that cannot be written or synced is
// given up for good: nobody knows what is on the disk, so that nothing more is acknowledged.
//
// A disk that is full has said what it did not take: what finds it so waits, and is tried again (store_full.cc). A push waits
// already where what lies in the log would not fit into the file: then there is room to note what was dealt with, which makes
// room in the file.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "database.hh"
#include "in_handler.hh"
#include "item.hh"
#include "layout.hh"
#include "log_room.hh"
#include "owner.hh"
#include "whereabouts.hh"

namespace flowrun::sqlite {

class Client;

struct Operation {
    enum class Kind : std::uint8_t { push, ack, nack, extend, reject, read, bury_damaged, close };
    Kind kind;
    Client* queue;
    Item item{};                 // push: what is pushed; else its place, the size of its body, and when it is due
    std::uint64_t name = 0;      // push: the caller's; else the lease
    std::uint32_t attempts = 0;  // nack, extend, reject
    std::string error{};         // of the last attempt
    // Its outcome.
    std::int32_t status = FLOWRUN_OK;
    bool full = false;    // the disk is, and it was not done
    bool broken = false;  // the store is, for good
    std::string text{};
};

// What a store does its operations for: a queue. All on the store's thread, and with all operations that are done together; those
// of others are to be left alone.
class Client {
public:
    virtual void apply(std::span<Operation> batch) = 0;  // within a transaction; throws Trouble
    virtual void committed() = 0;
    virtual void done(std::span<Operation> batch) = 0;            // they are over, however each ended
    virtual bool waits_for_room(const Operation& operation) = 0;  // else it is over where the disk is full
    // Operations of it wait for room on the disk; empty: none does any more.
    virtual void held_up(std::string_view why) = 0;

    // --- changes by hand (changes.hh), between transactions ---

    virtual std::int64_t last_place() const = 0;
    // One that waits here is given out no more; false: it is out, and not to be changed.
    virtual bool claim(std::int64_t seq) = 0;
    virtual void release() = 0;  // what was claimed waits again
    // Of those that were claimed `taken` are gone; `added` are the newest, in order.
    virtual void changed(const Counts& counts, std::uint64_t taken, std::vector<Item> added) = 0;

protected:
    ~Client() = default;
};

class Store {
public:
    // The one of this process at `path`, opened or made; throws Trouble.
    static std::shared_ptr<Store> at(const std::string& path);
    // The one that this process has at `path`, if any.
    static std::shared_ptr<Store> known(const std::string& path);
    explicit Store(const std::string& path);
    ~Store();  // all that was added is done first

    enum class Haste : std::uint8_t { now, with_others, later };
    void add(Operation operation, Haste haste = Haste::now);
    void add_and_wait(Operation operation);  // its kind is `close`: its queue's last
    // For the queue's beginning, before anything is added for it.
    Database& database() { return database_; }
    std::mutex& opening() { return opening_; }
    InHandler& in_handler() { return in_handler_; }
    // Runs on the store's thread, between its transactions; throws what it throws.
    void between(const std::function<void()>& what);
    // With `opening` held, as those that are run between transactions have it.
    void opened(std::int64_t queue, Client& client) { clients_[queue] = &client; }
    void closed(std::int64_t queue) { clients_.erase(queue); }
    Client* open_queue(std::int64_t queue) const;  // nullptr: it is not open

private:
    using Clock = std::chrono::steady_clock;

    struct Between {
        const std::function<void()>& what;
        std::exception_ptr failed{};
        bool over = false;
    };
    void run_between();
    bool wait_for_operations(std::vector<Operation>& batch);
    void write();
    void commit(std::vector<Operation>& batch);
    bool commit_together(std::span<Operation> batch);
    void commit_each(std::span<Operation> batch);
    // On a disk that may be full (store_full.cc).
    void commit_with_room(std::vector<Operation>& batch);
    bool has_room(std::span<const Operation> batch);
    bool take_log_in();
    void hold(std::vector<Operation>& batch);
    void tell_held();
    void look_after_log();
    void note_broken(const std::string& why);

    std::mutex opening_;  // a queue that is being opened uses the database, and so does the thread
    Owner owner_;
    InHandler in_handler_;
    Database database_;
    std::map<std::int64_t, Client*> clients_;
    std::string broken_;  // the thread's
    std::optional<Whereabouts> whereabouts_;
    std::optional<LogRoom> room_;
    std::mutex mutex_;
    std::condition_variable added_, closed_;
    std::vector<Operation> operations_;
    std::vector<Between*> between_;
    bool hurried_ = false;         // one of them is not to wait
    bool watching_ = false;        // the thread will look by itself in a moment
    std::vector<Operation> held_;  // the thread's: what waits for room on the disk, in the order in which it came
    std::vector<Client*> told_held_;
    Clock::time_point held_at_{};
    std::vector<Operation> later_;
    Clock::time_point later_at_{};
    std::uint64_t closes_ = 0, closes_done_ = 0;
    std::vector<const Client*> closing_;  // nothing more is added for these
    bool ending_ = false;
    std::thread thread_;
};

}  // namespace flowrun::sqlite
