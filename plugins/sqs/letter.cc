#include "letter.hh"

#include <algorithm>
#include <charconv>
#include <limits>

#include "signature.hh"
#include "text.hh"

namespace flowrun::sqs {
namespace {

constexpr std::string_view type = "String", body_name = "flowrun-body", in_base64 = "base64";
constexpr std::int64_t millisecond = 1'000'000, latest = std::numeric_limits<std::int64_t>::max() / millisecond;
constexpr std::size_t longest_token = 128;

void append(std::string& packed, std::string_view name, std::string_view value) {
    if (!packed.empty()) packed += '&';
    ((packed += name) += '=') += percent_of(value);
}

std::int64_t number(std::string_view text) {
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

// True: the body is base64.
bool unpack(std::string_view packed, broker::Message& into) {
    bool encoded = false;
    while (!packed.empty()) {
        const std::size_t end = std::min(packed.find('&'), packed.size());
        const std::string_view one = packed.substr(0, end);
        packed.remove_prefix(std::min(end + 1, packed.size()));
        const std::size_t equals = one.find('=');
        if (equals == one.npos) continue;
        const std::string_view name = one.substr(0, equals), value = one.substr(equals + 1);
        if (name == body_name) encoded = value == in_base64;
        else broker::set_header(into, name, from_percent(value));
    }
    return encoded;
}

}  // namespace

Entry entry_of(const broker::Message& message, const Way& way) {
    const bool plain = is_body(message.body);
    std::string encoded, packed;
    // SQS takes no empty body: one space stands for it.
    if (!plain) encoded = message.body.empty() ? " " : base64_of(message.body);
    if (!plain) append(packed, body_name, in_base64);
    broker::each_header(message, [&](std::string_view name, std::string_view value) { append(packed, name, value); });
    const std::string& body = plain ? message.body : encoded;
    Entry entry;
    entry.size = body.size();
    entry.text = R"("MessageBody":)" + broker::json_text(body);
    if (!packed.empty()) {
        entry.size += own_attribute.size() + type.size() + packed.size();
        entry.text +=
            R"(,"MessageAttributes":{"flowrun":{"DataType":"String","StringValue":)" + broker::json_text(packed) + "}}";
    }
    append_way(entry.text, way);
    return entry;
}

void append_way(std::string& text, const Way& way) {
    if (way.delay > 0) text += R"(,"DelaySeconds":)" + std::to_string(way.delay);
    if (!way.group.empty()) text += R"(,"MessageGroupId":)" + broker::json_text(way.group);
    if (!way.deduplication.empty()) text += R"(,"MessageDeduplicationId":)" + broker::json_text(way.deduplication);
}

std::string token_of(std::string_view text) {
    const bool fits = !text.empty() && text.size() <= longest_token &&
                      std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
    return fits ? std::string(text) : hex_of(sha256_of(text));
}

std::optional<Delivered> delivered(const broker::Json& given) {
    Delivered made;
    made.id = given["MessageId"].text();
    made.receipt = given["ReceiptHandle"].text();
    if (made.receipt.empty()) return std::nullopt;
    const broker::Json& own = given["Attributes"];
    made.times = static_cast<std::uint64_t>(std::max<std::int64_t>(number(own["ApproximateReceiveCount"].text()), 1));
    made.sent = number(own["SentTimestamp"].text());
    made.group = own["MessageGroupId"].text();
    broker::Message& message = made.message;
    const bool encoded = unpack(given["MessageAttributes"][own_attribute]["StringValue"].text(), message);
    message.body = given["Body"].text();
    if (encoded && message.body == " ") message.body.clear();
    if (auto decoded = encoded ? from_base64(message.body) : std::nullopt) message.body = std::move(*decoded);
    if (message.id.empty()) message.id = made.id;
    if (message.accepted == 0) message.accepted = std::clamp<std::int64_t>(made.sent, 0, latest) * millisecond;
    return made;
}

std::string_view wanted_attributes(bool all) {
    return all ? R"("AttributeNames":["All"],"MessageAttributeNames":["All"])"
               : R"("AttributeNames":["ApproximateReceiveCount","SentTimestamp","MessageGroupId"],"MessageAttributeNames":["flowrun"])";
}

}  // namespace flowrun::sqs
