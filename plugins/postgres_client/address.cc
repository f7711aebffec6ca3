#include "address.hh"

#include <flowrun/cxx/queue.hh>

#include <algorithm>

namespace flowrun::postgres {
namespace {

constexpr std::uint16_t default_port = 5432;

// Of libpq's keywords those that a URL may say. Not the encoding and the timeouts, which are ours.
constexpr std::string_view keywords[] = {"host",
                                         "hostaddr",
                                         "port",
                                         "passfile",
                                         "service",
                                         "application_name",
                                         "options",
                                         "target_session_attrs",
                                         "channel_binding",
                                         "sslmode",
                                         "sslrootcert",
                                         "sslcert",
                                         "sslkey",
                                         "sslpassword",
                                         "sslcrl",
                                         "sslcrldir",
                                         "sslsni",
                                         "ssl_min_protocol_version",
                                         "ssl_max_protocol_version",
                                         "gssencmode",
                                         "krbsrvname",
                                         "gsslib",
                                         "requirepeer",
                                         "keepalives",
                                         "keepalives_idle",
                                         "keepalives_interval",
                                         "keepalives_count",
                                         "tcp_user_timeout"};

bool has(const auto& names, std::string_view name) {
    return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

std::string server_of(const broker::Url& url) {
    const std::string* const host = url.find("host");
    const std::string* const port = url.find("port");
    if (host != nullptr || port != nullptr) {
        const std::string name = host != nullptr ? *host : url.host.empty() ? "localhost" : url.host;
        return name + ":" + (port != nullptr ? *port : std::to_string(url.port != 0 ? url.port : default_port));
    }
    if (url.host.empty()) return url.port == 0 ? "PostgreSQL" : "PostgreSQL, port " + std::to_string(url.port);
    return url.server(default_port);
}

}  // namespace

Address address_of(std::string_view text, std::string_view scheme, std::initializer_list<std::string_view> own) {
    Address made{broker::parse_url(text), {}, {}, {}};
    const broker::Url& url = made.url;
    if (url.scheme != scheme && !(scheme == "postgres" && url.scheme == "postgresql")) {
        throw sdk::QueueError{FLOWRUN_E_INVALID, "not such a URL: it begins with " + std::string(scheme) + "://"};
    }
    const auto add = [&](const char* word, const std::string& value) {
        if (!value.empty()) made.words.emplace_back(word, value);
    };
    add("host", url.host);
    if (url.port != 0) add("port", std::to_string(url.port));
    add("user", url.user);
    add("password", url.password);
    add("dbname", url.path);
    for (const auto& [name, value] : url.query) {
        if (has(own, name)) continue;
        if (!has(keywords, name)) {
            std::string known;
            for (const std::string_view one : own) known += (known.empty() ? "" : ", ") + std::string(one);
            throw sdk::QueueError{FLOWRUN_E_INVALID, "the URL's query has '" + name +
                                                         "', which means nothing here; known are " + known +
                                                         ", and of libpq's sslmode, sslrootcert, target_session_attrs "
                                                         "and the like"};
        }
        made.words.emplace_back(name, value);  // the last of several counts
    }
    made.server = server_of(url);
    made.place = made.server + "/" + url.path;
    return made;
}

}  // namespace flowrun::postgres
