#pragma once
// A RabbitMQ server as a URL names it: amqp[s]://[user[:password]@]host[:port][/vhost][?name=value&…]

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "broker/url.hh"

namespace flowrun::amqp {

struct Server {
    std::string host, vhost, user, password;
    std::uint16_t port = 0;
    bool tls = false;
    std::string ca, cert, key;  // files; empty: the system's, none
    int heartbeat = 0;          // seconds

    // Host and port, as messages name it.
    std::string name() const;
    // The same for all URLs that lead to the same place.
    std::string place() const;
};

// `more`: what else the query may have. Throws sdk::QueueError (INVALID).
Server server_of(const broker::Url& url, std::initializer_list<std::string_view> more = {});
// Of the setting `url` of a component.
inline Server server_in(std::string_view url) { return server_of(broker::parse_url(url)); }

}  // namespace flowrun::amqp
