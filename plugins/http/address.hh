#pragma once
// Where a server listens: `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`, `:8080`, `unix:/run/x`, `fd:name`.

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <string>
#include <string_view>

namespace flowrun::http {

// Throws sdk::Failure when it is not an address.
boost::asio::ip::tcp::endpoint address_of(std::string_view text);

// The path in unix:/path; empty: it is no such address. Throws sdk::Failure when it is longer than the system takes.
std::string_view path_of_socket(std::string_view text);

// fd:NAME, a socket that was handed to the process.
inline bool is_handed_socket(std::string_view text) { return text.starts_with("fd:"); }

// An address of the network as what it is; of any other kind: none.
boost::asio::ip::tcp::endpoint network_of(const boost::asio::generic::stream_protocol::endpoint& endpoint);

std::string text_of_address(const boost::asio::ip::tcp::endpoint& endpoint);

}  // namespace flowrun::http
