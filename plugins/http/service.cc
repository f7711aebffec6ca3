#include "service.hh"

#include <algorithm>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>

#include "connection.hh"
#include "exchange.hh"
#include "message.hh"

namespace flowrun::http {

namespace asio = boost::asio;

namespace {

// What a connection has waited for too long is found within an eighth of its time.
std::chrono::nanoseconds interval_of(const ServerSettings& settings) {
    return std::clamp<std::chrono::nanoseconds>(std::min(settings.timeout, settings.idle) / 8,
                                                std::chrono::milliseconds(10), std::chrono::milliseconds(500));
}

}  // namespace

Service::Service(sdk::Node node, ServerSettings settings, const ListenSettings& at,
                 std::unique_ptr<asio::ssl::context> tls)
    : node_(node), settings_(std::move(settings)), interval_(interval_of(settings_)), tls_(std::move(tls)),
      listener_(io_, at), builder_(node.values()) {}

Service::~Service() = default;

void Service::run(sdk::Call call) {
    call_ = &call;
    work_ = std::make_unique<asio::executor_work_guard<asio::io_context::executor_type>>(io_.get_executor());
    if (is_error(call.stopping())) begin_to_stop();  // a stop that came before has found no work to wait for
    accept();
    io_.run();
    call_ = nullptr;
}

void Service::stop() {
    asio::post(io_, [this] { begin_to_stop(); });
}

void Service::begin_to_stop() {
    if (std::exchange(stopping_, true)) return;
    listener_.close();
    pause_.cancel();
    const std::vector<std::shared_ptr<Connection>> all(connections_.begin(), connections_.end());
    for (const auto& connection : all) connection->stop();
    end_when_empty();
    hurry();
}

// Whoever has his last response and does not close keeps nobody waiting.
void Service::hurry() {
    if (connections_.empty()) return;
    hurry_.expires_after(std::chrono::milliseconds(10));
    hurry_.async_wait([this](const boost::system::error_code&) {
        const std::vector<std::shared_ptr<Connection>> all(connections_.begin(), connections_.end());
        for (const auto& connection : all) connection->hurry();
        hurry();
    });
}

void Service::end_when_empty() {
    if (!stopping_ || in_flow_ != 0 || !connections_.empty()) return;
    tick_.cancel();
    work_.reset();
}

void Service::accept() {
    if (stopping_ || accepting_ || connections_.size() >= settings_.connections) return;
    accepting_ = true;
    listener_.acceptor().async_accept([this](const boost::system::error_code& ec, Protocol::socket socket) {
        accepting_ = false;
        accepted(ec, std::move(socket));
    });
}

void Service::accepted(const boost::system::error_code& ec, Protocol::socket socket) {
    if (stopping_) return;
    if (ec == asio::error::no_descriptors || ec == boost::system::errc::too_many_files_open_in_system ||
        ec == asio::error::no_buffer_space || ec == asio::error::no_memory) {
        // Clients that are connected go on; a new one waits until there is room.
        say(sdk::Level::warn, "no connection can be taken for the moment: " + ec.message());
        pause_.expires_after(std::chrono::milliseconds(200));
        pause_.async_wait([this](const boost::system::error_code& cancelled) {
            if (!cancelled) accept();
        });
        return;
    }
    if (!ec) {
        boost::system::error_code ignored;
        (void)socket.set_option(asio::ip::tcp::no_delay(true), ignored);
        auto connection = std::make_shared<Connection>(*this, std::move(socket), tls_.get());
        connections_.insert(connection);
        connection->start();
        look_after();
    }
    accept();
}

void Service::look_after() {
    if (ticking_ || connections_.empty()) return;
    ticking_ = true;
    tick_.expires_after(interval_);
    tick_.async_wait([this](const boost::system::error_code&) {
        ticking_ = false;
        ++turn_;
        const std::vector<std::shared_ptr<Connection>> all(connections_.begin(), connections_.end());
        for (const auto& connection : all) connection->look(turn_);
        look_after();
    });
}

void Service::leave(const std::shared_ptr<Connection>& connection) {
    connections_.erase(connection);
    accept();
    end_when_empty();
}

void Service::enlist(std::shared_ptr<Connection> connection) {
    enlisted_.push_back(std::move(connection));
    if (enlisted_.size() == 1) asio::post(io_, [this] { let_in(); });
}

void Service::let_in() {
    entering_.swap(enlisted_);
    for (const auto& connection : entering_) connection->enter();
    entering_.clear();
}

bool Service::hold(std::uint64_t bytes) {
    if (bytes > settings_.most_bodies || held_ > settings_.most_bodies - bytes) return false;
    held_ += bytes;
    return true;
}

sdk::Value Service::message_of(const Inbound& request, const std::string& client) {
    try {
        return http::message_of(request, client, settings_, node_.values(), builder_);
    } catch (const sdk::Failure&) {
        (void)builder_.finish();  // what has been begun is not to be in the next one
        throw;
    }
}

sdk::Status Service::send(const Inbound& request, const std::string& client, std::uint32_t route, Exchange& exchange) {
    const sdk::Value message = message_of(request, client);
    if (!message) throw sdk::Failure(sdk::Status::invalid, "the request holds text that is not UTF-8");
    flowrun_meta meta{};
    meta.size = sizeof meta;
    if (const std::string_view trace = request.field("traceparent"); !trace.empty()) {
        meta.traceparent = trace.data();
        meta.traceparent_size = trace.size();
    }
    ++in_flow_;
    const sdk::Status status = call_->emit_async(route, message, &meta, &Exchange::done, &exchange);
    if (is_error(status)) --in_flow_;
    return status;
}

void Service::done(Exchange& exchange) {
    const std::lock_guard lock(mutex_);
    done_.push_back(&exchange);
    // Under the lock: once the last exchange is back the server may end.
    if (done_.size() == 1) asio::post(io_, [this] { hand_back(); });
}

void Service::hand_back() {
    {
        const std::lock_guard lock(mutex_);
        handed_.swap(done_);
    }
    for (Exchange* exchange : handed_) {
        --in_flow_;
        const std::shared_ptr<Connection> keep = exchange->release();
        keep->answered();
    }
    handed_.clear();
    end_when_empty();
}

}  // namespace flowrun::http
