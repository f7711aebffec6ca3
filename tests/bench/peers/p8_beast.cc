// P8's limit on the library that http.so stands on: JSON posted, parsed, written and sent back, on one thread.
//   p8_beast PORT

#include <cstdlib>
#include <memory>
#include <optional>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/json/src.hpp>

namespace {

namespace http = boost::beast::http;
using tcp = boost::asio::ip::tcp;

class Client : public std::enable_shared_from_this<Client> {
public:
    explicit Client(tcp::socket socket) : socket_(std::move(socket)) {}

    void read() {
        request_ = {};
        http::async_read(socket_, buffer_, request_,
                         [self = shared_from_this()](boost::beast::error_code ec, std::size_t) {
                             if (!ec) self->answer();
                         });
    }

private:
    void answer() {
        response_.emplace(http::status::ok, request_.version());
        response_->set(http::field::content_type, "application/json");
        response_->keep_alive(request_.keep_alive());
        response_->body() = boost::json::serialize(boost::json::parse(request_.body()));
        response_->prepare_payload();
        http::async_write(socket_, *response_, [self = shared_from_this()](boost::beast::error_code ec, std::size_t) {
            if (!ec && self->request_.keep_alive()) self->read();
        });
    }

    tcp::socket socket_;
    boost::beast::flat_buffer buffer_;
    http::request<http::string_body> request_;
    std::optional<http::response<http::string_body>> response_;
};

void accept(tcp::acceptor& acceptor) {
    acceptor.async_accept([&acceptor](boost::beast::error_code ec, tcp::socket socket) {
        if (ec) return;
        socket.set_option(tcp::no_delay(true));
        std::make_shared<Client>(std::move(socket))->read();
        accept(acceptor);
    });
}

}  // namespace

int main(int argc, char** argv) {
    const int port = argc > 1 ? std::atoi(argv[1]) : 0;
    boost::asio::io_context io(1);
    tcp::acceptor acceptor(io, {boost::asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(port)});
    accept(acceptor);
    io.run();
}
