#pragma once
// The URL of a server (RFC 3986, section 3): scheme://[user[:password]@]host[:port][/path][?name=value&…]

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flowrun::broker {

struct Url {
    std::string scheme, user, password, host;  // percent-encoding undone; a host in brackets without them
    std::uint16_t port = 0;                    // 0: not given
    std::string path;                          // without its first slash, percent-encoding undone
    std::vector<std::pair<std::string, std::string>> query;

    // nullptr: not given. The last of several counts.
    const std::string* find(std::string_view name) const;
    // A whole number in the query; `otherwise` where it is not given. Throws sdk::QueueError (INVALID) where it is none, or is
    // not between `least` and `most`.
    std::int64_t number(std::string_view name, std::int64_t otherwise, std::int64_t least, std::int64_t most) const;
    // Throws sdk::QueueError (INVALID) where the query has another name than these.
    void allow_only(std::initializer_list<std::string_view> names) const;
    // Host and port, as messages name the server. Never user or password.
    std::string server(std::uint16_t default_port) const;
};

// Throws sdk::QueueError (INVALID).
Url parse_url(std::string_view text);

}  // namespace flowrun::broker
