#pragma once
// What a URL says of a cluster and of how to speak with it.
//
//   kafka://[user[:password]@]host[:port][,host[:port]...][/topic][?name=value&…]

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api.hh"
#include "broker/url.hh"

namespace flowrun::kafka {

struct Settings {
    std::string servers;  // host:port,…
    std::string topic;    // empty: not given
    std::string group;    // empty: not given
    std::string user, password;
    std::int64_t partitions = 0;   // 0: not given
    std::int64_t replicas = -1;    // -1: as the cluster has it
    std::int64_t deliveries = 20;  // given out so often without a word, a message is dead
    std::int64_t prefetch = 1024;
    std::vector<std::pair<std::string, std::string>> passed;  // librdkafka's own settings, as they are
};

// Throws sdk::QueueError (INVALID): also where librdkafka does not know a setting, or refuses its value.
Settings read_settings(std::string_view url);
// The same for who names topics otherwise: the URL has none, nor a group.
Settings without_topic(std::string_view url);

// What is common to all clients. Throws sdk::QueueError (INVALID).
Conf conf_of(const Settings& settings);
void set(const Conf& conf, const char* name, const std::string& value);

enum class Role : std::uint8_t { producer, consumer };
// Throws sdk::QueueError: INVALID where the settings do not go together.
Client client_of(Role role, Conf conf);

}  // namespace flowrun::kafka
