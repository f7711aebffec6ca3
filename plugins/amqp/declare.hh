#pragma once
// Making queues, and asking for them. All throw broker::Lost, and sdk::QueueError where the server will not have it.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connection.hh"
#include "names.hh"

namespace flowrun::amqp {

// A channel of its own for what may fail: the server closes a channel with each error, and it is opened again.
class Clerk {
public:
    Clerk(Connection& connection, amqp_channel_t channel);

    struct Count {
        std::uint64_t messages = 0, consumers = 0;  // that wait; that are there
    };
    // Nothing: there is no such queue.
    std::optional<Count> count(std::string_view queue);
    std::optional<std::uint64_t> waiting(std::string_view queue);
    // True: it was not there, and is now. Where it is there it is taken as it is.
    bool make(std::string_view name);
    void make_busy(std::string_view name);
    bool make_dead(std::string_view name);
    bool make_wait(std::string_view name, const Step& step);

    // The names of all queues that were made. An empty one where nobody has made one.
    std::vector<std::string> all();

    Connection& connection() { return connection_; }
    amqp_channel_t channel() const { return channel_; }
    void open_again() { connection_.open(channel_); }

private:
    struct Argument;
    bool declare(std::string_view name, std::vector<Argument> arguments);
    void note(std::string_view name);
    void read_names(std::vector<std::string>& names);

    Connection& connection_;
    const amqp_channel_t channel_;
};

}  // namespace flowrun::amqp
