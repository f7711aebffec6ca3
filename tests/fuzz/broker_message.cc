// What a server may have beside a message's body: names and values, each ended by a line break. Whatever they are, what was read of
// them comes back from what is written of that.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "broker/base64.hh"
#include "broker/message.hh"

using namespace flowrun;

namespace {

void must(bool truth) {
    if (!truth) std::abort();
}

bool same(const broker::Message& a, const broker::Message& b) {
    return a.id == b.id && a.key == b.key && a.traceparent == b.traceparent && a.origin == b.origin &&
           a.error == b.error && a.format == b.format && a.attempts == b.attempts && a.time == b.time &&
           a.accepted == b.accepted && a.due == b.due && a.index == b.index && a.total == b.total;
}

void headers(std::string_view text) {
    broker::Message message;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        const std::size_t colon = line.find(':');
        const broker::Message before = message;
        const bool known = broker::set_header(message, line.substr(0, colon),
                                              colon == line.npos ? std::string_view() : line.substr(colon + 1));
        must(known || same(before, message));
    }
    broker::Message again;
    broker::each_header(message, [&](std::string_view name, std::string_view value) {
        must(!name.empty() && !value.empty());
        must(broker::set_header(again, name, value));
    });
    must(same(message, again));
    const broker::Message seen = broker::Message::of(message.seen());
    must(same(message, seen));
}

void base64(std::string_view text) {
    must(broker::from_base64(broker::base64_of(text)) == text);
    const auto bytes = broker::from_base64(text);
    if (bytes) must(broker::from_base64(broker::base64_of(*bytes)) == *bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // In memory of its own and just as long, so that a read beyond either end is seen.
    const std::unique_ptr<char[]> exact(new char[size]);
    if (size != 0) std::memcpy(exact.get(), data, size);
    const std::string_view text(exact.get(), size);
    headers(text);
    base64(text);
    return 0;
}
