#include "names.hh"

#include <flowrun/cxx/queue.hh>

#include <charconv>

namespace flowrun::kafka {
namespace {

constexpr std::size_t longest = 240;  // a topic's name may have 249

bool is_plain(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-'; }

std::string topic_of(std::string_view name) {
    constexpr char digits[] = "0123456789ABCDEF";
    std::string topic(topic_prefix);
    for (const char c : name) {
        const auto byte = static_cast<unsigned char>(c);
        if (is_plain(c)) topic += c;
        else ((topic += '_') += digits[byte >> 4U]) += digits[byte & 0xFU];
    }
    if (name.empty() || topic.size() > longest) {
        throw sdk::QueueError{FLOWRUN_E_INVALID,
                              "'" + std::string(name) +
                                  "' cannot be the name of a queue in Kafka: it is empty or too long "
                                  "(232 letters; others count three times)"};
    }
    return topic;
}

}  // namespace

Names::Names(const Settings& settings, std::string_view queue)
    : topic(settings.topic.empty() ? topic_of(queue) : settings.topic), retry(topic + std::string(retry_suffix)),
      dead(topic + std::string(dead_suffix)), group(settings.group.empty() ? topic : settings.group),
      dead_group(group + std::string(dead_suffix)) {}

std::optional<std::string> queue_of(std::string_view topic) {
    if (!topic.starts_with(topic_prefix)) return {};
    topic.remove_prefix(topic_prefix.size());
    std::string name;
    for (std::size_t i = 0; i < topic.size(); ++i) {
        if (is_plain(topic[i])) {
            name += topic[i];
            continue;
        }
        unsigned byte = 0;
        const std::string_view digits = topic.substr(i + 1, 2);
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
        if (topic[i] != '_' || error != std::errc() || end != digits.data() + 2) return {};
        name += static_cast<char>(byte);
        i += 2;
    }
    return name.empty() ? std::nullopt : std::optional(name);
}

}  // namespace flowrun::kafka
