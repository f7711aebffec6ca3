// A message as somebody may send it: its content type, its headers, an empty line, its body. What it is read as is a value. Of what
// is taken for a CloudEvent another is made, by either mode, which is read as the same.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../src/component/values_table.hh"
#include "broker/cloud_event.hh"

using namespace flowrun;

namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;
constexpr std::string_view prefixes[] = {"ce-"};

void must(bool truth) {
    if (!truth) std::abort();
}

// Empty: it is refused.
std::string read(std::string_view body, std::string_view type, const Headers& headers, const broker::Reading& reading) {
    sdk::Builder builder(&component::values_table());
    broker::Content content{body, type};
    content.each_header = [&](const broker::Content::Give& give) {
        for (const auto& [name, value] : headers) give(name, value);
    };
    content.prefixes = prefixes;
    content.percent = true;
    try {
        broker::build_content(builder.map(), content, reading);
    } catch (const sdk::Failure& failure) {
        must(failure.code() == sdk::Status::invalid && *failure.what() != '\0');
        static_cast<void>(builder.finish());
        return {};
    }
    const sdk::Value value = builder.end().finish();
    must(bool(value));
    return value.json();
}

void write_again(const std::string& text) {
    sdk::Reader reader(&component::values_table());
    const sdk::Value whole = reader.read(text);
    const sdk::Value event = whole["event"];
    if (!event) return;
    const sdk::Value body = whole["body"];
    broker::Body data{body.string() ? std::string(*body.string()) : body.json(),
                      body.string() ? "text/plain" : "application/json"};
    const broker::Reading reading{broker::Format::text, broker::CloudEvents::require};
    try {
        const broker::CloudEvent one(event, {"id", 0}, std::move(data));
        Headers headers;
        one.each_attribute([&](std::string_view name, std::string_view value) {
            headers.emplace_back("ce-" + std::string(name), broker::percent_of(value));
        });
        must(!read(one.data().bytes, one.content_type(), headers, reading).empty());
        const broker::Body structured = one.structured();
        must(!read(structured.bytes, structured.type, {}, reading).empty());
    } catch (const sdk::Failure& failure) { must(failure.code() == sdk::Status::invalid); }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    // In memory of its own and just as long, so that a read beyond either end is seen.
    const std::unique_ptr<char[]> exact(new char[size - 1]);
    std::memcpy(exact.get(), data + 1, size - 1);
    std::string_view rest(exact.get(), size - 1);
    const auto line = [&rest] {
        const std::string_view one = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(one.size() + 1, rest.size()));
        return one;
    };
    const std::string_view type = line();
    Headers headers;
    for (std::string_view one = line(); !one.empty(); one = line()) {
        const std::size_t colon = std::min(one.find(':'), one.size());
        headers.emplace_back(one.substr(0, colon), one.substr(std::min(colon + 1, one.size())));
    }
    constexpr broker::Format formats[] = {broker::Format::automatic, broker::Format::json, broker::Format::text,
                                          broker::Format::bytes};
    constexpr broker::CloudEvents events[] = {broker::CloudEvents::ignore, broker::CloudEvents::accept,
                                              broker::CloudEvents::require, broker::CloudEvents::accept};
    const std::string text = read(rest, type, headers, {formats[data[0] % 4], events[data[0] / 4 % 4]});
    if (!text.empty()) write_again(text);
    return 0;
}
