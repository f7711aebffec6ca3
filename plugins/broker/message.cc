#include "message.hh"

#include <flowrun/cxx/queue.hh>

#include <algorithm>
#include <charconv>
#include <limits>

namespace flowrun::broker {
namespace {

struct TextHeader {
    std::string_view name;
    std::string Message::* field;
};
constexpr TextHeader texts[] = {{"flowrun-id", &Message::id},
                                {"flowrun-key", &Message::key},
                                {"traceparent", &Message::traceparent},
                                {"flowrun-origin", &Message::origin},
                                {"flowrun-error", &Message::error}};
struct NumberHeader {
    std::string_view name;
    std::int64_t Message::* field;
};
constexpr NumberHeader numbers[] = {{"flowrun-time", &Message::time},
                                    {"flowrun-accepted", &Message::accepted},
                                    {"flowrun-due", &Message::due},
                                    {"flowrun-index", &Message::index},
                                    {"flowrun-total", &Message::total}};
struct SmallHeader {
    std::string_view name;
    std::uint32_t Message::* field;
};
constexpr SmallHeader smalls[] = {{"flowrun-format", &Message::format}, {"flowrun-attempts", &Message::attempts}};

template <class Number>
bool read(std::string_view text, Number& into) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return false;
    into = value;
    return true;
}

}  // namespace

Message Message::of(const flowrun_queue_item& from) {
    Message made;
    made.body = sdk::view_of(from.body);
    made.id = sdk::view_of(from.id);
    made.key = sdk::view_of(from.key);
    made.traceparent = sdk::view_of(from.traceparent);
    made.origin = sdk::view_of(from.origin);
    made.error = sdk::view_of(from.error);
    made.format = from.format;
    made.attempts = from.attempts;
    made.time = from.time;
    made.accepted = from.accepted;
    made.due = from.due;
    made.index = from.index;
    made.total = from.total;
    return made;
}

flowrun_queue_item Message::seen() const {
    flowrun_queue_item to{};
    to.size = sizeof to;
    to.number = number;
    to.body = sdk::text_of(body);
    to.format = format;
    to.attempts = attempts;
    to.id = sdk::text_of(id);
    to.key = sdk::text_of(key);
    to.traceparent = sdk::text_of(traceparent);
    to.origin = sdk::text_of(origin);
    to.error = sdk::text_of(error);
    to.time = time;
    to.accepted = accepted;
    to.due = due;
    to.index = index;
    to.total = total;
    return to;
}

void each_header(const Message& message, const std::function<void(std::string_view, std::string_view)>& give) {
    for (const TextHeader& header : texts) {
        if (!(message.*header.field).empty()) give(header.name, message.*header.field);
    }
    char digits[std::numeric_limits<std::int64_t>::digits10 + 3];
    const auto number = [&](std::string_view name, auto value) {
        if (value == 0) return;
        const char* const end = std::to_chars(digits, digits + sizeof digits, value).ptr;
        give(name, {digits, static_cast<std::size_t>(end - digits)});
    };
    for (const NumberHeader& header : numbers) number(header.name, message.*header.field);
    for (const SmallHeader& header : smalls) number(header.name, message.*header.field);
}

bool set_header(Message& message, std::string_view name, std::string_view value) {
    for (const TextHeader& header : texts) {
        if (header.name != name) continue;
        message.*header.field = value;
        return true;
    }
    for (const NumberHeader& header : numbers) {
        if (header.name == name) return read(value, message.*header.field);
    }
    for (const SmallHeader& header : smalls) {
        if (header.name == name) return read(value, message.*header.field);
    }
    return false;
}

// Its last byte tells apart what came in the same moment.
std::uint64_t number_of(const Message& message) {
    std::uint64_t hash = 14'695'981'039'346'656'037U;
    for (const std::string_view text : {std::string_view(message.id), std::string_view(message.body)}) {
        for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1'099'511'628'211U;
    }
    constexpr std::uint64_t low = 0xff;
    if (message.accepted <= 0) return std::max<std::uint64_t>(hash >> 3, 1);
    return (static_cast<std::uint64_t>(message.accepted) & ~low) | ((hash >> 32) & low);
}

}  // namespace flowrun::broker
