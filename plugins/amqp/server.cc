#include "server.hh"

#include <flowrun/cxx/queue.hh>

#include <algorithm>

namespace flowrun::amqp {
namespace {

constexpr std::int64_t default_heartbeat = 10;
constexpr std::string_view of_all[] = {"ca", "cert", "key", "heartbeat"};

[[noreturn]] void wrong(std::string text) { throw sdk::QueueError{FLOWRUN_E_INVALID, std::move(text)}; }

std::string text_in(const broker::Url& url, std::string_view name) {
    const std::string* const found = url.find(name);
    return found == nullptr ? std::string() : *found;
}

void check_names(const broker::Url& url, std::initializer_list<std::string_view> more) {
    const auto known = [&](std::string_view name) {
        return std::find(std::begin(of_all), std::end(of_all), name) != std::end(of_all) ||
               std::find(more.begin(), more.end(), name) != more.end();
    };
    for (const auto& [name, value] : url.query) {
        if (known(name)) continue;
        std::string all;
        for (const std::string_view one : more) all += std::string(one) + ", ";
        for (const std::string_view one : of_all) all += std::string(one) + (one == std::end(of_all)[-1] ? "" : ", ");
        wrong("the URL's query has '" + name + "', which means nothing here; known are " + all);
    }
}

}  // namespace

std::string Server::name() const {
    broker::Url url;
    url.host = host;
    return url.server(port);
}

std::string Server::place() const { return "amqp:" + name() + "/" + vhost; }

Server server_of(const broker::Url& url, std::initializer_list<std::string_view> more) {
    if (url.scheme != "amqp" && url.scheme != "amqps")
        wrong("not a URL of RabbitMQ: it begins with amqp:// or amqps://");
    if (url.host.empty()) wrong("the URL names no host: write " + url.scheme + "://host");
    check_names(url, more);
    Server server;
    server.tls = url.scheme == "amqps";
    server.host = url.host;
    server.port = url.port != 0 ? url.port : server.tls ? 5671 : 5672;
    server.vhost = url.path.empty() ? "/" : url.path;
    server.user = url.user.empty() ? "guest" : url.user;
    server.password = url.user.empty() && url.password.empty() ? "guest" : url.password;
    server.ca = text_in(url, "ca");
    server.cert = text_in(url, "cert");
    server.key = text_in(url, "key");
    if (!server.tls && !(server.ca + server.cert + server.key).empty())
        wrong("ca, cert and key in the URL are for amqps://");
    if (server.cert.empty() != server.key.empty())
        wrong("cert and key in the URL are files that belong together: both or none");
    server.heartbeat = static_cast<int>(url.number("heartbeat", default_heartbeat, 1, 3600));
    return server;
}

}  // namespace flowrun::amqp
