#pragma once
// What the verbs of `flowrun queue` ask for, each with requests of its own. All throw sdk::QueueError.

#include <flowrun/cxx/queue.hh>

#include <functional>
#include <string>
#include <string_view>

#include "place.hh"

namespace flowrun::sqs {

// Checks the URL of a queue without connecting.
Place queue_place_of(std::string_view url);

void list_queues(std::string_view url,
                 const std::function<void(std::string_view name, const flowrun_queue_depth& depth)>& give);
void peek_items(std::string_view url, std::string_view name, bool dead, std::uint64_t from, std::uint64_t most,
                const std::function<void(const flowrun_queue_item&)>& give);
std::int64_t replay_dead(std::string_view url, std::string_view name, const sdk::Numbers& numbers);
std::int64_t drop_items(std::string_view url, std::string_view name, bool dead, const sdk::Numbers& numbers);
std::int64_t put_items(std::string_view url, std::string_view name, const flowrun_queue_item* items, std::size_t count);
// What an operator should know of an edge that is opened so; empty: nothing. Asks nobody.
std::string warning_of(const flowrun_queue_spec& spec);
// For `check --connect`; makes nothing.
void probe_queue(const flowrun_queue_spec& spec, const std::function<void(std::string_view)>& warn);

}  // namespace flowrun::sqs
