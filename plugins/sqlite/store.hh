#pragma once
// One file with its queues, opened for writing, and the one thread that writes it. What has come in while it committed is
// committed together, with nothing waited for: one message alone is as fast as the disk, many share its cost.
//
// A commit that fails is taken apart, and each of its operations tried by itself. A file that cannot be synced is given up for
// good: nobody knows what is on the disk, so that nothing more is acknowledged.

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "database.hh"
#include "in_handler.hh"
#include "item.hh"
#include "owner.hh"

namespace flowrun::sqlite {

struct Operation;

// What a store does its operations for: a queue. All on the store's thread.
class Client {
public:
    virtual void apply(Operation& operation) = 0;  // within a transaction; throws Trouble
    virtual void before_commit() = 0;              // of what was applied since the last; throws Trouble
    virtual void rolled_back() = 0;
    virtual void done(Operation& operation) = 0;  // it is over, however it ended

protected:
    ~Client() = default;
};

struct Operation {
    enum class Kind : std::uint8_t { push, ack, nack, extend, reject, read, close };
    Kind kind;
    Client* queue;
    Item item{};              // push; nack and extend: due, attempts and error
    std::uint64_t name = 0;   // push: the caller's; else the lease
    std::uint64_t bytes = 0;  // of the leased one
    // Its outcome.
    std::int32_t status = FLOWRUN_OK;
    std::string text{};
    bool broken = false;  // the store is, for good
};

class Store {
public:
    // The one of this process at `path`, opened or made; throws Trouble.
    static std::shared_ptr<Store> at(const std::string& path);
    explicit Store(const std::string& path);
    ~Store();  // all that was added is done first

    void add(Operation operation);
    void add_and_wait(Operation operation);  // its kind is `close`: its queue's last
    // For the queue's beginning, before anything is added for it.
    Database& database() { return database_; }
    std::mutex& opening() { return opening_; }
    InHandler& in_handler() { return in_handler_; }

private:
    void write();
    void commit(std::vector<Operation>& batch);
    bool commit_together(std::span<Operation> batch);
    void note_broken(const std::string& why);
    void look_for_file();

    std::mutex opening_;  // a queue that is being opened uses the database, and so does the thread
    Owner owner_;
    InHandler in_handler_;
    Database database_;
    std::string broken_;                            // the thread's
    std::pair<std::uint64_t, std::uint64_t> file_;  // device and inode
    std::mutex mutex_;
    std::condition_variable added_, closed_;
    std::vector<Operation> operations_;
    std::uint64_t closes_ = 0, closes_done_ = 0;
    bool ending_ = false;
    std::thread thread_;
};

}  // namespace flowrun::sqlite
