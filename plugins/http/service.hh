#pragma once
// What the connections of one server share: its settings, the thread's io_context, the way into the flow.

#include <flowrun/component.hh>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_set>
#include <vector>

#include "body.hh"

namespace flowrun::http {

class Connection;
class Exchange;
class Inbound;

struct Terms {
    std::string path;                  // empty: any
    std::vector<std::string> methods;  // empty: any
    Format format = Format::automatic;
    std::uint64_t most_body = 0;
    std::uint32_t most_header = 0;
    std::size_t concurrency = 0;  // requests in the flow
    std::size_t connections = 0;
    std::chrono::nanoseconds timeout{}, idle{};
    bool accepts_only = false;  // behind the output there are async edges alone
};

// All but `done` and `stop` belongs to the thread that runs it.
class Service {
public:
    using Endpoint = boost::asio::ip::tcp::endpoint;

    // Listens at once; throws boost::system::system_error. `tls` may be null.
    Service(sdk::Node node, Terms terms, const Endpoint& at, std::unique_ptr<boost::asio::ssl::context> tls);
    ~Service();

    Endpoint local() const { return acceptor_.local_endpoint(); }
    const Terms& terms() const { return terms_; }
    bool stopping() const { return stopping_; }
    // Time is counted in turns of one timer for all connections: the turn in which so much will have passed.
    std::uint64_t turn_after(std::chrono::nanoseconds time) const {
        return turn_ + static_cast<std::uint64_t>((time + interval_ - std::chrono::nanoseconds(1)) / interval_) + 1;
    }

    // Serves until `stop`, and then until what is in flight has been answered.
    void run(sdk::Call call);
    // Any thread.
    void stop();

    // Its request is whole: those of one turn of the loop enter the flow together, since each entrance for itself would
    // wake a thread of the flow for itself.
    void enlist(std::shared_ptr<Connection> connection);
    // Into the flow. Negative: it is not there. Throws Failure when the request is no message.
    sdk::Status send(const Inbound& request, Exchange& exchange);
    bool full() const { return in_flow_ >= terms_.concurrency; }
    // Any thread: `exchange` has its response.
    void done(Exchange& exchange);
    void leave(const std::shared_ptr<Connection>& connection);
    sdk::Value value(const flowrun_value* raw) const { return {node_.values(), raw}; }
    void complain(const std::string& text) { node_.log(sdk::Level::warn, text); }

private:
    sdk::Value message_of(const Inbound& request);
    void accept();
    void accepted(const boost::system::error_code& ec, boost::asio::ip::tcp::socket socket);
    void look_after();
    void let_in();
    void hand_back();
    void begin_to_stop();
    void end_when_empty();

    sdk::Node node_;
    const Terms terms_;
    const std::chrono::nanoseconds interval_;  // between two turns
    std::uint64_t turn_ = 0;
    std::unique_ptr<boost::asio::ssl::context> tls_;
    boost::asio::io_context io_{1};
    boost::asio::ip::tcp::acceptor acceptor_{io_};
    boost::asio::steady_timer tick_{io_}, pause_{io_};
    std::unique_ptr<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work_;
    std::unordered_set<std::shared_ptr<Connection>> connections_;
    std::vector<std::shared_ptr<Connection>> enlisted_, entering_;
    sdk::Builder builder_;
    const sdk::Call* call_ = nullptr;
    std::size_t in_flow_ = 0;
    bool accepting_ = false, stopping_ = false, ticking_ = false;

    std::mutex mutex_;  // guards done_
    std::vector<Exchange*> done_, handed_;
};

}  // namespace flowrun::http
