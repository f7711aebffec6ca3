#pragma once
// A server as its connections see it: its settings, its time, the way into the flow and back.

#include <flowrun/component.hh>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "inbound.hh"
#include "server_settings.hh"

namespace flowrun::http {

class Connection;
class Exchange;

// All but `done` belongs to the server's thread.
class Serving {
public:
    virtual const ServerSettings& settings() const = 0;
    virtual bool stopping() const = 0;
    virtual std::int64_t now() const = 0;  // nanoseconds
    // Time is counted in turns of one timer for all connections: the turn in which so much will have passed.
    virtual std::uint64_t turn_after(std::chrono::nanoseconds time) const = 0;

    // The connection's request is whole. Requests of one turn of the loop enter the flow together, since each entrance
    // by itself would wake a thread of the flow.
    virtual void enlist(std::shared_ptr<Connection> connection) = 0;
    // Sends the request into the flow, by the output of that number. Negative: it is not there. Throws Failure when the request is no message.
    virtual sdk::Status send(const Inbound& request, const std::string& client, std::uint32_t route,
                             Exchange& exchange) = 0;
    virtual bool full() const = 0;
    // Room for the bodies of all connections, in bytes. False: so much more is too much.
    virtual bool hold(std::uint64_t bytes) = 0;
    virtual void let_go(std::uint64_t bytes) = 0;
    // Any thread: `exchange` has its response.
    virtual void done(Exchange& exchange) = 0;
    virtual void leave(const std::shared_ptr<Connection>& connection) = 0;
    virtual sdk::Value value(const flowrun_value* raw) const = 0;
    virtual void say(sdk::Level level, const std::string& text) = 0;
    // Without secrets, for a text of which a part is said.
    virtual std::string masked(std::string_view text) const = 0;

protected:
    ~Serving() = default;
};

}  // namespace flowrun::http
