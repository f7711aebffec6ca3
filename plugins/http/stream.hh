#pragma once
// A client's socket, with TLS over it or without. Not for several threads.

#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include <memory>
#include <string>
#include <utility>

#include "address.hh"

namespace flowrun::http {

class Stream {
public:
    using Socket = boost::asio::generic::stream_protocol::socket;
    using Code = boost::system::error_code;

    // `tls` may be null, and then is a plain stream.
    Stream(Socket socket, boost::asio::ssl::context* tls) : socket_(std::move(socket)) {
        if (tls != nullptr) tls_ = std::make_unique<Tls>(socket_, *tls);
    }

    bool secure() const { return tls_ != nullptr; }

    template <class Then>
    void shake_hands(Then&& then) {
        tls_->async_handshake(boost::asio::ssl::stream_base::server, std::forward<Then>(then));
    }
    template <class Then>
    void read_some(boost::asio::mutable_buffer into, Then&& then) {
        if (tls_) tls_->async_read_some(into, std::forward<Then>(then));
        else socket_.async_read_some(into, std::forward<Then>(then));
    }
    template <class Then>
    void write(boost::asio::const_buffer from, Then&& then) {
        if (tls_) boost::asio::async_write(*tls_, from, std::forward<Then>(then));
        else boost::asio::async_write(socket_, from, std::forward<Then>(then));
    }
    // Says goodbye under TLS; the socket is still open afterwards.
    template <class Then>
    void take_leave(Then&& then) {
        tls_->async_shutdown(std::forward<Then>(then));
    }
    // Of the socket alone, whatever lies over it.
    template <class Then>
    void read_raw(boost::asio::mutable_buffer into, Then&& then) {
        socket_.async_read_some(into, std::forward<Then>(then));
    }
    // Bytes that have come and have not been read.
    std::size_t unread() const {
        Code ignored;
        return socket_.available(ignored);
    }
    // All that was sent has arrived at the other side.
    bool delivered() {
        int left = 0;
        return ::ioctl(socket_.native_handle(), SIOCOUTQ, &left) != 0 || left == 0;
    }
    // The address of the other side, "unix" where it has none; empty: it has gone already.
    std::string client() const {
        Code gone;
        const auto endpoint = socket_.remote_endpoint(gone);
        if (gone) return {};
        if (endpoint.protocol().family() == AF_UNIX) return "unix";
        auto address = network_of(endpoint).address();
        // A socket for both families shows the one in the guise of the other.
        using namespace boost::asio::ip;
        if (address.is_v6() && address.to_v6().is_v4_mapped()) address = make_address_v4(v4_mapped, address.to_v6());
        return address.to_string();
    }
    void end_sending() {
        Code ignored;
        (void)socket_.shutdown(Socket::shutdown_send, ignored);
    }
    // What is in progress ends with an error.
    void close() {
        Code ignored;
        (void)socket_.close(ignored);
    }

private:
    using Tls = boost::asio::ssl::stream<Socket&>;
    Socket socket_;
    std::unique_ptr<Tls> tls_;
};

}  // namespace flowrun::http
