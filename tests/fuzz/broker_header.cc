// What stands in the headers of a message, whoever has written them: a name, a line break, a value. One that was read is the same
// when it is written and read again; one that was not has changed nothing.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "../../plugins/broker/message.hh"

using flowrun::broker::Message;

namespace {

void must(bool truth) {
    if (!truth) std::abort();
}

std::string written(const Message& message) {
    std::string all;
    flowrun::broker::each_header(message, [&](std::string_view name, std::string_view value) {
        ((all += name) += '=') += value;
        all += '\n';
    });
    return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view text(reinterpret_cast<const char*>(data), size);
    Message message;
    while (!text.empty()) {
        const std::string_view name = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(name.size() + 1, text.size()));
        const std::string_view value = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(value.size() + 1, text.size()));
        const std::string before = written(message);
        if (!set_header(message, name, value)) must(written(message) == before);
    }
    Message again;
    flowrun::broker::each_header(
        message, [&](std::string_view name, std::string_view value) { must(set_header(again, name, value)); });
    must(written(again) == written(message));
    return 0;
}
