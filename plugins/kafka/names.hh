#pragma once
// Where a queue lies in Kafka. TOPIC is that of the URL; where it names none, "flowrun." and the queue's name, with '_' and two
// hexadecimal digits for each byte that is no letter, digit or '-'.
//
//   topic          group          what
//   TOPIC          GROUP          what was pushed
//   TOPIC.retry    GROUP          what was given back, with the time when it is due
//   TOPIC.dead     GROUP.dead     what was rejected; the group has no members, and keeps which of them are gone
//
// GROUP is that of the URL; else it is called as TOPIC is.

#include <optional>
#include <string>
#include <string_view>

#include "settings.hh"

namespace flowrun::kafka {

inline constexpr std::string_view topic_prefix = "flowrun.", retry_suffix = ".retry", dead_suffix = ".dead";

struct Names {
    Names(const Settings& settings, std::string_view queue);  // throws sdk::QueueError: INVALID where it is too long
    std::string topic, retry, dead, group, dead_group;
};

// Of the topic in which a queue's messages lie; none: it is none of ours.
std::optional<std::string> queue_of(std::string_view topic);

}  // namespace flowrun::kafka
