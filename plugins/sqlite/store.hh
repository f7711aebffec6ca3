#pragma once
// One file with its queues, opened for writing, and the one thread that writes it. What has come in while it committed is
// committed together, with nothing waited for: one message alone is as fast as the disk, many share its cost. Only what nobody
// waits for, as the removal of what was dealt with, waits a moment for company.
//
// A commit that fails is taken apart, and each of its operations tried by itself. A file that cannot be written or synced is
// given up for good: nobody knows what is on the disk, so that nothing more is acknowledged.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "database.hh"
#include "item.hh"
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
    bool broken = false;  // the store is, for good
    std::string text{};
};

// What a store does its operations for: a queue. All on the store's thread, and with all operations that are done together; those
// of others are to be left alone.
class Client {
public:
    virtual void apply(std::span<Operation> batch) = 0;  // within a transaction; throws Trouble
    virtual void committed() = 0;
    virtual void done(std::span<Operation> batch) = 0;  // they are over, however each ended

protected:
    ~Client() = default;
};

class Store {
public:
    // The one of this process at `path`, opened or made; throws Trouble.
    static std::shared_ptr<Store> at(const std::string& path);
    explicit Store(const std::string& path);
    ~Store();  // all that was added is done first

    enum class Haste : std::uint8_t { now, with_others, later };
    void add(Operation operation, Haste haste = Haste::now);
    void add_and_wait(Operation operation);  // its kind is `close`: its queue's last
    // For the queue's beginning, before anything is added for it.
    Database& database() { return database_; }
    std::mutex& opening() { return opening_; }

private:
    using Clock = std::chrono::steady_clock;

    bool wait_for_operations(std::vector<Operation>& batch);
    void write();
    void commit(std::vector<Operation>& batch);
    bool commit_together(std::span<Operation> batch);
    void look_after_log();
    void note_broken(const std::string& why);

    std::mutex opening_;  // a queue that is being opened uses the database, and so does the thread
    Owner owner_;
    Database database_;
    std::string broken_;  // the thread's
    std::optional<Whereabouts> whereabouts_;
    std::optional<LogRoom> room_;
    std::mutex mutex_;
    std::condition_variable added_, closed_;
    std::vector<Operation> operations_;
    bool hurried_ = false;   // one of them is not to wait
    bool watching_ = false;  // the thread will look by itself in a moment
    std::vector<Operation> later_;
    Clock::time_point later_at_{};
    std::uint64_t closes_ = 0, closes_done_ = 0;
    std::vector<const Client*> closing_;  // nothing more is added for these
    bool ending_ = false;
    std::thread thread_;
};

}  // namespace flowrun::sqlite
