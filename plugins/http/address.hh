#pragma once
// Where a server listens: `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`, `:8080`.

#include <boost/asio/ip/tcp.hpp>

#include <string>
#include <string_view>

namespace flowrun::http {

// Throws sdk::Failure when it is not an address.
boost::asio::ip::tcp::endpoint address_of(std::string_view text);

std::string text_of_address(const boost::asio::ip::tcp::endpoint& endpoint);

}  // namespace flowrun::http
