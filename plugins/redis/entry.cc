#include "entry.hh"

#include <charconv>

namespace flowrun::redis {
namespace {

constexpr unsigned sequence_bits = 20;
constexpr std::uint64_t last_sequence = (std::uint64_t{1} << sequence_bits) - 1;

}  // namespace

std::vector<std::string> add_command(std::string_view stream, const broker::Message& message) {
    std::vector<std::string> words{"XADD", std::string(stream), "*", "body", message.body};
    broker::each_header(message, [&](std::string_view name, std::string_view value) {
        words.emplace_back(name);
        words.emplace_back(value);
    });
    return words;
}

broker::Message message_of(std::string_view id, const redisReply& fields) {
    broker::Message message;
    message.number = number_of(id);
    for (std::size_t i = 0; i + 1 < fields.elements; i += 2) {
        const std::string_view name = text_of(*fields.element[i]), value = text_of(*fields.element[i + 1]);
        if (name == "body") message.body = value;
        else broker::set_header(message, name, value);
    }
    if (message.id.empty()) message.id = id;
    return message;
}

std::uint64_t number_of(std::string_view id) {
    std::uint64_t time = 0, sequence = 0;
    const char* const end = id.data() + id.size();
    const char* const dash = std::from_chars(id.data(), end, time).ptr;
    if (dash != end) std::from_chars(dash + 1, end, sequence);
    return (time << sequence_bits) | std::min(sequence, last_sequence);
}

std::string id_of(std::uint64_t number) {
    return std::to_string(number >> sequence_bits) + "-" + std::to_string(number & last_sequence);
}

}  // namespace flowrun::redis
