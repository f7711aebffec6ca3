// What SQS, a credentials endpoint or a file of credentials may say, whatever it is: it is read or refused, and a message that is
// packed comes back.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "../../plugins/broker/json.hh"
#include "../../plugins/sqs/credentials.hh"
#include "../../plugins/sqs/letter.hh"
#include "../../plugins/sqs/names.hh"
#include "../../plugins/sqs/text.hh"

using namespace flowrun;
using namespace flowrun::sqs;

namespace {

void must(bool truth) {
    if (!truth) std::abort();
}

// As the server gives out what it was sent.
void comes_back(std::string_view bytes) {
    broker::Message message;
    message.body = bytes;
    message.id = bytes.substr(0, bytes.size() / 2);
    message.key = bytes.substr(bytes.size() / 2);
    const auto sent = broker::Json::parse("{" + entry_of(message, {}).text + "}");
    must(sent.has_value());
    const std::string& body = (*sent)["MessageBody"].text();
    must(is_body(body));
    const std::string packed = (*sent)["MessageAttributes"]["flowrun"]["StringValue"].text();
    const auto given =
        broker::Json::parse(R"({"MessageId":"m","ReceiptHandle":"r","Body":)" + broker::json_text(body) +
                            R"(,"MessageAttributes":{"flowrun":{"StringValue":)" + broker::json_text(packed) + "}}}");
    must(given.has_value());
    const auto back = delivered(*given);
    must(back.has_value() && back->message.body == bytes && back->message.key == message.key);
    must(back->message.id == message.id || message.id.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto found = credentials_in(text, "default")) must(!found->id.empty() && !found->secret.empty());
    static_cast<void>(credentials_answered(text));
    static_cast<void>(time_in(std::string(text)));
    must(from_percent(percent_of(text)) == text);
    must(from_base64(base64_of(text)) == text);
    static_cast<void>(from_base64(text));
    static_cast<void>(name_of(text));
    comes_back(text);
    const auto reply = broker::Json::parse(text);
    if (!reply) return 0;
    static_cast<void>(delivered(*reply));
    for (const broker::Json& message : (*reply)["Messages"].items()) static_cast<void>(delivered(message));
    return 0;
}
