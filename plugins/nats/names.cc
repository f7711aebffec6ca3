#include "names.hh"

#include <flowrun/cxx/queue.hh>

#include <charconv>

namespace flowrun::nats {
namespace {

constexpr std::size_t longest = 230;  // a stream's name may have 255, and is a folder's

bool is_plain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

std::string token_of(std::string_view name) {
    constexpr char digits[] = "0123456789ABCDEF";
    std::string token;
    for (const char c : name) {
        const auto byte = static_cast<unsigned char>(c);
        if (is_plain(c)) token += c;
        else ((token += '=') += digits[byte >> 4U]) += digits[byte & 0xFU];
    }
    if (token.empty() || token.size() > longest) {
        throw sdk::QueueError{FLOWRUN_E_INVALID, "'" + std::string(name) +
                                                     "' cannot be the name of a queue in NATS: it is empty or too long "
                                                     "(230 letters; others count three times)"};
    }
    return token;
}

}  // namespace

Names::Names(std::string_view queue)
    : token(token_of(queue)), stream(std::string(stream_prefix) + token), dead("flowrun-dead_" + token),
      notes("flowrun-notes_" + token), subject("flowrun.queue." + token), dead_subject("flowrun.dead." + token),
      note_subject("flowrun.note." + token + ".") {}

std::optional<std::string> queue_of(std::string_view stream) {
    if (!stream.starts_with(stream_prefix)) return {};
    std::string name;
    for (std::size_t i = stream_prefix.size(); i < stream.size(); ++i) {
        if (stream[i] != '=') {
            name += stream[i];
            continue;
        }
        unsigned byte = 0;
        const std::string_view digits = stream.substr(i + 1, 2);
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
        if (error != std::errc() || end != digits.data() + 2) return {};
        name += static_cast<char>(byte);
        i += 2;
    }
    return name;
}

}  // namespace flowrun::nats
