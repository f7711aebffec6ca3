#pragma once
// What asks a consumer of JetStream for messages: one request at a time, which brings what there is, up to so many, or waits for the
// next that comes. The client library has no such thing that does not block, so it is sent by its protocol subject.
//
// Promises: after stop() the server sends nothing more once `then` is called. Not promised: what it sends in the very moment of
// a stop is read; that is given out again when its lease is over.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "connection.hh"
#include "exchange.hh"

namespace flowrun::nats {

class Pull {
public:
    Pull(Connection& connection, Exchange& exchange, const std::string& stream, const std::string& durable)
        : connection_(connection), exchange_(exchange), next_("CONSUMER.MSG.NEXT." + stream + "." + durable),
          info_("CONSUMER.INFO." + stream + "." + durable) {}

    // Unless a request is under way, or it is too early, or it stops.
    void ask(std::size_t most, std::int64_t now);
    // A message has come by it.
    void took() {
        ++taken_;
        left_ -= left_ != 0 ? 1 : 0;
    }
    // What came is no message: the server says that the request is over. Throws broker::Lost where nothing more can be had.
    void told(const Msg& msg, std::int64_t now);
    // Throws broker::Lost where the server should have ended it.
    void check(std::int64_t now) const;
    // When ask() or check() is due next; broker::Session::never: not by time.
    std::int64_t due(std::int64_t now, bool wants) const;

    using Clock = std::function<std::int64_t()>;
    void stop(Clock clock, std::function<void()> then);
    bool stops() const { return stops_; }

private:
    void quiet_down();
    void withdraw();

    Connection& connection_;
    Exchange& exchange_;
    const std::string next_, info_;
    std::uint64_t requests_ = 0, taken_ = 0;
    std::size_t left_ = 0;  // that the request may still bring
    std::int64_t ends_ = 0, not_before_ = 0;
    bool stops_ = false;
    Clock clock_;
    std::function<void()> then_;
};

}  // namespace flowrun::nats
