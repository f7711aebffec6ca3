#pragma once
// Requests that are under way, each with what is to be done with its answer.
//
// Promises: each answer goes to its request, once. A server that answers nothing for some seconds, or leaves one request without
// an answer for long, is told as broker::Lost by check().

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "connection.hh"

namespace flowrun::nats {

class Exchange {
public:
    using Then = std::function<void(const Msg&)>;

    explicit Exchange(Connection& connection) : connection_(connection) {}

    // The number, and with it the reply subject, of the next request.
    std::string reply() const { return connection_.answers(last_ + 1); }
    // The request with that reply subject has been published.
    void expect(std::int64_t now, Then then);
    // Below $JS.API.
    void ask(const std::string& what, std::string_view body, std::int64_t now, Then then);
    // Through the server and back: what it had sent to this connection before has been read when `then` is called.
    void echo(std::int64_t now, Then then);
    // Reads the answers that have come.
    void hear(std::int64_t now);
    void check(std::int64_t now) const;
    // When check() is due; never: nothing is under way.
    std::int64_t deadline() const;

private:
    struct Waiting {
        std::int64_t since;
        Then then;
    };
    Connection& connection_;
    std::uint64_t last_ = first;
    std::int64_t heard_ = 0;
    std::map<std::uint64_t, Waiting> waiting_;  // the oldest first

    static constexpr std::uint64_t first = 1'000'000;  // those before are Connection::ask's
};

}  // namespace flowrun::nats
