#pragma once
// A queue that a plugin keeps (flowrun/ext/queue.h). Messages go over as bytes and come back as the same values, under ids
// that are unique in the world; times as the wall's.

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <flowrun/ext/queue.h>

#include "base/error.hh"
#include "base/world.hh"
#include "queue/queue.hh"

namespace flowrun::queue {

class PluginQueue final : public Queue {
public:
    struct Spec {
        std::string plugin;  // its path, for messages
        std::string url, name, flow;
        std::string order{};  // in words, kept with what is pushed
        std::uint64_t max_bytes = 0;
        bool only_pushed = false;  // nothing is taken from it
        bool until_empty = false;  // its listener wants to hear when it is idle
        bool refuses = false;      // no push waits for room
        bool by_key = false;       // of messages with one key one at a time, where it can do that over all processes
        Duration lease = 0;        // 0: the backend's own choice
        Duration timeout = 0;      // of a handler; 0: none
        std::string origin{};      // of what is pushed; the same for all queues of a run, and for no other's
    };
    // `table` and `host` outlive it. The error: Code::failed where another process has it.
    static Result<std::unique_ptr<PluginQueue>> open(World& world, const flowrun_host& host,
                                                     const flowrun_queue_table& table, const Spec& spec);
    ~PluginQueue() override;
    PluginQueue(const PluginQueue&) = delete;
    PluginQueue& operator=(const PluginQueue&) = delete;

    void open(Listener& listener) override { listener_ = &listener; }
    Pushed push(Item& item, std::uint64_t push) override { return this->push(item, push, {}); }
    Pushed bury(Item& item, std::uint64_t push, const Error& error, std::string_view edge) override;
    std::size_t take(Item* items, std::size_t n) override;
    void ack(std::uint64_t lease) override;
    void nack(std::uint64_t lease, Duration delay, std::uint32_t attempts, const Error* error) override;
    void reject(std::uint64_t lease, const Error& error) override;
    void extend(std::uint64_t lease, Duration delay, std::uint32_t attempts, const Error& error) override;
    void enter(std::uint64_t lease) override {
        if (table_.enter != nullptr) table_.enter(queue_, lease);
    }
    std::uint64_t interrupted() const override;
    Depth depth() const override;
    void drain() override {
        if (queue_ != nullptr) table_.drain(queue_);
    }
    void close() override;
    bool forgets() const override { return false; }
    bool durable() const override { return true; }
    bool shared() const override { return (table_.can & FLOWRUN_QUEUE_SHARED) != 0; }

private:
    PluginQueue(World& world, const flowrun_queue_table& table, std::string origin)
        : world_(world), table_(table), origin_(std::move(origin)) {}
    Pushed push(Item& item, std::uint64_t push, std::string_view error);
    struct Unreadable {
        std::uint64_t lease;
        Error why;
    };
    struct Clocks {
        std::int64_t wall;
        Time now;
    };
    void read(const flowrun_queue_item& from, const Clocks& clocks, Item& into, std::string& problem) const;
    bool is_unreadable(std::uint64_t lease, Error& why);
    static const flowrun_queue_listener& listener_table();

    World& world_;
    const flowrun_queue_table table_;
    const std::string origin_;
    flowrun_queue* queue_ = nullptr;
    Listener* listener_ = nullptr;  // set before anything is pushed or taken
    std::mutex mutex_;
    std::vector<Unreadable> unreadable_;  // rejected here, and not yet answered
};

}  // namespace flowrun::queue
