#pragma once
// A look at each dead letter of a queue, for which the server has no order: they are taken, one process at a time, and those that
// are to stay go back to their places.

#include <cstdint>
#include <functional>
#include <string_view>

#include "broker/message.hh"
#include "server.hh"

namespace flowrun::amqp {

enum class Fate : std::uint8_t { stays, goes, returns };  // returns: into its queue, as a new one

// Answers how many did not stay. Throws sdk::QueueError, broker::Lost.
std::int64_t sweep_dead(const Server& server, std::string_view name,
                        const std::function<Fate(const broker::Message& message)>& judge);

// Puts messages to the end of a queue, which is made if need be, and waits until the server has them.
void put_down(const Server& server, std::string_view name, const flowrun_queue_item* items, std::size_t count);

}  // namespace flowrun::amqp
