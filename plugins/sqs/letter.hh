#pragma once
// A message of a queue as one of SQS: its body is the body, as base64 where it is not what SQS takes, and what goes beside it lies in
// one attribute, `flowrun`: name=value, joined by '&', with the names of broker/message.hh and %XX. Ten attributes a message may
// have; nine are left to others.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "broker/json.hh"
#include "broker/message.hh"

namespace flowrun::sqs {

// One entry of a batch: members of a JSON object, without its Id and braces, and what SQS counts of it.
struct Entry {
    std::string text;
    std::size_t size = 0;
};

// How a message is put down.
struct Way {
    std::int64_t delay = 0;            // seconds, 900 at the most; not in a FIFO queue
    std::string group, deduplication;  // of a FIFO queue; else empty
};
Entry entry_of(const broker::Message& message, const Way& way);
void append_way(std::string& text, const Way& way);

// The attribute, and what it says of a body that is base64 and of nothing else.
inline constexpr std::string_view own_attribute = "flowrun", packed_base64 = "flowrun-body=base64";

// As it is in a FIFO queue: what is no group or deduplication id as SQS takes it goes by its SHA-256.
std::string token_of(std::string_view text);

// As ReceiveMessage gives it out.
struct Delivered {
    broker::Message message;
    std::string id, receipt, group;  // SQS's own id; by what it is answered
    std::int64_t sent = 0;           // milliseconds since 1970
    std::uint64_t times = 0;         // how often it was given out, this one too
};
// None: it is no message.
std::optional<Delivered> delivered(const broker::Json& given);

// Members of ReceiveMessage that ask for all that the above reads; `all`: for the attributes of others as well.
std::string_view wanted_attributes(bool all = false);

}  // namespace flowrun::sqs
