#include "names.hh"

#include <flowrun/cxx/queue.hh>

#include <cstddef>

#include "text.hh"

namespace flowrun::sqs {
namespace {

constexpr std::size_t longest = 80;

bool is_plain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

bool is_digit(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'); }

// "--4F"
bool is_escape(std::string_view text) {
    return text.size() >= 4 && text.starts_with("--") && is_digit(text[2]) && is_digit(text[3]);
}

std::string token_of(std::string_view name) {
    std::string token;
    for (std::size_t i = 0; i < name.size(); ++i) {
        if (is_plain(name[i]) && !is_escape(name.substr(i))) token += name[i];
        else append_hex(token += "--", name[i]);
    }
    return token;
}

}  // namespace

Names::Names(std::string_view name) : fifo(name.ends_with(fifo_ending)) {
    const std::string_view ending = fifo ? fifo_ending : std::string_view();
    const std::string token = token_of(name.substr(0, name.size() - ending.size()));
    queue = token + std::string(ending);
    dead = token + std::string(dead_ending) + std::string(ending);
    if (!token.empty() && dead.size() <= longest) return;
    throw sdk::QueueError{FLOWRUN_E_INVALID, "'" + std::string(name) +
                                                 "' cannot be the name of a queue in SQS: it is empty or too long (" +
                                                 std::to_string(longest - dead_ending.size() - ending.size()) +
                                                 " letters, digits, '-' and '_'; others count four times)"};
}

std::string name_of(std::string_view queue) {
    std::string name;
    for (std::size_t i = 0; i < queue.size(); ++i) {
        const std::string_view rest = queue.substr(i);
        if (!is_escape(rest)) {
            name += rest[0];
            continue;
        }
        name += byte_of_hex(rest[2], rest[3]);
        i += 3;
    }
    return name;
}

}  // namespace flowrun::sqs
