#pragma once
// A request that is in the flow, until it is answered: by the flow, or by the server when its time is up.

#include "response.hh"
#include "serving.hh"

#include <atomic>
#include <memory>
#include <string>

namespace flowrun::http {

// Lies in its connection and is used again for the next request once it is back.
class Exchange {
public:
    Exchange(Serving& server, Connection& connection) : server_(server), connection_(connection) {}

    // On the server's thread, before the request goes into the flow.
    void begin(std::shared_ptr<Connection> keep, Manner manner, bool accepts_only);
    // The request did not go into the flow.
    void cancel() { keep_.reset(); }
    // On the server's thread: true when no response has come and none will count any more.
    bool give_up() { return !answered_.exchange(true); }
    // As flowrun_done_fn, on any thread.
    static void done(void* user, std::int32_t status, const flowrun_value* reply, const flowrun_error* error);

    const Manner& manner() const { return manner_; }
    Connection& connection() const { return connection_; }
    // On the server's thread, once the exchange is back; false: it was given up.
    bool in_time() const { return in_time_; }
    std::string& response() { return response_; }
    std::shared_ptr<Connection> release() { return std::move(keep_); }

private:
    std::string made(sdk::Status status, sdk::Value reply, const flowrun_error* error) const;

    Serving& server_;
    Connection& connection_;
    std::shared_ptr<Connection> keep_;
    Manner manner_;
    bool accepts_only_ = false;
    std::atomic<bool> answered_{false};
    bool in_time_ = false;
    std::string response_;
};

}  // namespace flowrun::http
