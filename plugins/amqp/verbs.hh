#pragma once
// What the verbs of `flowrun queue` ask for, each over connections of its own. All throw sdk::QueueError.

#include <flowrun/cxx/queue.hh>

#include <functional>
#include <string_view>

#include "server.hh"

namespace flowrun::amqp {

// Checks it without connecting.
Server queue_server_of(std::string_view url);

// Asks the server whether it lets this user in, and for the queue. `timeout`: of an attempt, 0: none.
void probe_queue(std::string_view url, std::string_view name, std::int64_t timeout,
                 const std::function<void(std::string_view)>& warn);

// Those that the table of the queue takes as they are.
struct Verbs {
    static void list(std::string_view url,
                     const std::function<void(std::string_view name, const flowrun_queue_depth& depth)>& give);
    // Of dead letters only.
    static void peek(std::string_view url, std::string_view name, bool dead, std::uint64_t from, std::uint64_t most,
                     const std::function<void(const flowrun_queue_item& item)>& give);
    static std::int64_t replay(std::string_view url, std::string_view name, const sdk::Numbers& numbers);
    static std::int64_t drop(std::string_view url, std::string_view name, bool dead, const sdk::Numbers& numbers);
    static std::int64_t put(std::string_view url, std::string_view name, const flowrun_queue_item* items,
                            std::size_t count);
};

}  // namespace flowrun::amqp
