#pragma once
// What the verbs of `flowrun queue` ask for, each by a client of its own. All throw sdk::QueueError.
//
// Who is no member of a group cannot change what it has dealt with as long as it has members: so what waits is dropped and moved
// only while nobody takes from the queue. What is dead has a group without members.

#include <flowrun/cxx/queue.hh>

#include <functional>
#include <string>
#include <string_view>

namespace flowrun::kafka {

// Those that the table of the queue takes as they are.
struct Verbs {
    static void list(std::string_view url,
                     const std::function<void(std::string_view name, const flowrun_queue_depth& depth)>& give);
    static void peek(std::string_view url, std::string_view name, bool dead, std::uint64_t from, std::uint64_t most,
                     const std::function<void(const flowrun_queue_item&)>& give);
    static std::int64_t replay(std::string_view url, std::string_view name, const sdk::Numbers& numbers);
    static std::int64_t drop(std::string_view url, std::string_view name, bool dead, const sdk::Numbers& numbers);
    static std::int64_t move(std::string_view url, std::string_view name, std::string_view to,
                             const sdk::Numbers& numbers);
    static std::int64_t put(std::string_view url, std::string_view name, const flowrun_queue_item* items,
                            std::size_t count);
};
// For `check --connect`; makes nothing.
void probe_queue(const flowrun_queue_spec& spec, const std::function<void(std::string_view)>& warn);

}  // namespace flowrun::kafka
