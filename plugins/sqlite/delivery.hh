#pragma once
// Under which order the messages of a queue were put in, in the words of who opened it. It holds from one place on: places
// grow, and whoever has the queue open says the same all the while, so that no message need tell it.

#include <cstdint>
#include <functional>
#include <string_view>

#include "database.hh"
#include "layout.hh"

namespace flowrun::sqlite {

// From now on it is this one. What was said of messages that are gone is forgotten. Within a transaction.
void note_order(Database& database, const NamedQueue& queue, std::string_view words);
// Of a queue in which nothing lies: what is put there by hand was put in under no order.
void forget_orders(Database& database, std::int64_t queue);
// Oldest first, each with how many wait that were put in under it. Damaged ones are left out.
void orders_of(Database& database, const NamedQueue& queue,
               const std::function<void(std::string_view words, std::uint64_t waiting)>& give);
// How many are damaged.
std::int64_t damaged_orders(Database& database);

}  // namespace flowrun::sqlite
