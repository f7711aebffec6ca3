#include "address.hh"

#include <sys/un.h>

#include <charconv>
#include <cstring>
#include <sstream>

#include <flowrun/component.hh>

namespace flowrun::http {

using boost::asio::ip::tcp;

tcp::endpoint address_of(std::string_view text) {
    const auto wrong = [&](std::string_view why) {
        return sdk::Failure(sdk::Status::invalid, "'" + std::string(text) + "' is no address to listen on: " +
                                                      std::string(why) + "; write 127.0.0.1:8080, [::1]:8080 or :8080");
    };
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) throw wrong("it has no port");
    const std::string_view digits = text.substr(colon + 1);
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc() || end != digits.data() + digits.size())
        throw wrong("the port is not a number from 0 to 65535");
    std::string host(text.substr(0, colon));
    if (host.empty()) return {tcp::v6(), port};  // which takes IPv4 as well
    if (host == "localhost") host = "127.0.0.1";
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    else if (host.find(':') != std::string::npos) throw wrong("an IPv6 address stands in brackets");
    boost::system::error_code ec;
    const auto address = boost::asio::ip::make_address(host, ec);
    if (ec) throw wrong("'" + host + "' is not an IP address");
    return {address, port};
}

std::string_view path_of_socket(std::string_view text) {
    constexpr std::string_view scheme = "unix:";
    if (!text.starts_with(scheme)) return {};
    const std::string_view path = text.substr(scheme.size());
    if (!path.empty() && path.size() < sizeof(sockaddr_un::sun_path) && path.find('\0') == path.npos) return path;
    throw sdk::Failure(sdk::Status::invalid,
                       "'" + std::string(text) + "' is no Unix socket to listen on: its path has " +
                           std::to_string(path.size()) + " bytes, not 1 to " +
                           std::to_string(sizeof(sockaddr_un::sun_path) - 1) + ", and no NUL among them");
}

tcp::endpoint network_of(const boost::asio::generic::stream_protocol::endpoint& endpoint) {
    tcp::endpoint out;
    const int family = endpoint.protocol().family();
    if ((family != AF_INET && family != AF_INET6) || endpoint.size() > out.capacity()) return out;
    std::memcpy(out.data(), endpoint.data(), endpoint.size());
    out.resize(endpoint.size());
    return out;
}

std::string text_of_address(const tcp::endpoint& endpoint) {
    std::ostringstream out;
    out << endpoint;
    return out.str();
}

}  // namespace flowrun::http
