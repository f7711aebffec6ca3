#pragma once
// Where a server takes its clients in: an address of the network, the path of a Unix socket, or a socket that whoever
// started the process has opened.

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>

#include <sys/types.h>

#include <string>
#include <string_view>

namespace flowrun::http {

using Protocol = boost::asio::generic::stream_protocol;

struct ListenSettings {
    std::string at;   // as the flow says it
    mode_t mode = 0;  // of a Unix socket
    bool reuse_port = false;
};

// A Unix socket goes with it. One that is there and to which nobody listens is taken over.
class Listener {
public:
    // Listens at once. Throws boost::system::system_error, and sdk::Failure over what is no address.
    Listener(boost::asio::io_context& io, const ListenSettings& settings);
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    boost::asio::basic_socket_acceptor<Protocol>& acceptor() { return acceptor_; }
    // Nobody is taken in any more.
    void close();
    // unix:/path, fd:NAME of a handed Unix socket, or what the system has made of the address.
    std::string local() const;

private:
    void listen_at_path(const ListenSettings& settings);
    void take_over(std::string_view name);

    boost::asio::basic_socket_acceptor<Protocol> acceptor_;
    std::string path_;    // of a Unix socket that is ours
    std::string handed_;  // as it was asked for; empty: it is not
    dev_t device_ = 0;
    ino_t number_ = 0;
};

}  // namespace flowrun::http
