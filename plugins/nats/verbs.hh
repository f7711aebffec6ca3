#pragma once
// What the verbs of `flowrun queue` ask for, each over a connection of its own. All throw sdk::QueueError.

#include <flowrun/cxx/queue.hh>

#include <functional>
#include <string>
#include <string_view>

#include "broker/url.hh"

namespace flowrun::nats {

// Checks it without connecting.
broker::Url url_of(std::string_view text);
std::int64_t replicas_of(const broker::Url& url);

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
void probe_queue(std::string_view url, std::string_view name, std::int64_t lease,
                 const std::function<void(std::string_view)>& warn);
// What an operator should know of the queue; empty: nothing.
std::string warning_of(std::string_view url, std::string_view name);

}  // namespace flowrun::nats
