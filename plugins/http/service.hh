#pragma once
// A server: accepts connections, and lets what they have read into the flow.

#include <flowrun/component.hh>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_set>
#include <vector>

#include "formats/masked.hh"
#include "listener.hh"
#include "serving.hh"

namespace flowrun::http {

// All but `done` and `stop` belongs to the thread that runs it.
class Service final : public Serving {
public:
    // Listens at once; throws boost::system::system_error. `tls` may be null.
    Service(sdk::Node node, ServerSettings settings, const ListenSettings& at,
            std::unique_ptr<boost::asio::ssl::context> tls);
    ~Service();

    std::string local() const { return listener_.local(); }
    // Serves until `stop`, and then until what is in flight has been answered.
    void run(sdk::Call call);
    // Any thread.
    void stop();

    const ServerSettings& settings() const override { return settings_; }
    bool stopping() const override { return stopping_; }
    std::int64_t now() const override { return node_.now(); }
    std::uint64_t turn_after(std::chrono::nanoseconds time) const override {
        return turn_ + static_cast<std::uint64_t>((time + interval_ - std::chrono::nanoseconds(1)) / interval_) + 1;
    }
    void enlist(std::shared_ptr<Connection> connection) override;
    sdk::Status send(const Inbound& request, const std::string& client, std::uint32_t route,
                     Exchange& exchange) override;
    bool full() const override { return in_flow_ >= settings_.concurrency; }
    bool hold(std::uint64_t bytes) override;
    void let_go(std::uint64_t bytes) override { held_ -= bytes; }
    void done(Exchange& exchange) override;
    void leave(const std::shared_ptr<Connection>& connection) override;
    sdk::Value value(const flowrun_value* raw) const override { return {node_.values(), raw}; }
    void say(sdk::Level level, const std::string& text) override { node_.log(level, text); }
    std::string masked(std::string_view text) const override {
        return formats::masked(formats::secrets_of(node_), text);
    }

private:
    sdk::Value message_of(const Inbound& request, const std::string& client);
    void accept();
    void accepted(const boost::system::error_code& ec, Protocol::socket socket);
    void look_after();
    void let_in();
    void hand_back();
    void begin_to_stop();
    void hurry();
    void end_when_empty();

    sdk::Node node_;
    const ServerSettings settings_;
    const std::chrono::nanoseconds interval_;  // between two turns
    std::uint64_t turn_ = 0;
    std::unique_ptr<boost::asio::ssl::context> tls_;
    boost::asio::io_context io_{1};
    Listener listener_;
    boost::asio::steady_timer tick_{io_}, pause_{io_}, hurry_{io_};
    std::unique_ptr<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work_;
    std::unordered_set<std::shared_ptr<Connection>> connections_;
    std::vector<std::shared_ptr<Connection>> enlisted_, entering_;
    sdk::Builder builder_;
    const sdk::Call* call_ = nullptr;
    std::size_t in_flow_ = 0;
    std::uint64_t held_ = 0;  // bytes of bodies
    bool accepting_ = false, stopping_ = false, ticking_ = false;

    std::mutex mutex_;  // guards done_
    std::vector<Exchange*> done_, handed_;
};

}  // namespace flowrun::http
