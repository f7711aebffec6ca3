#pragma once
// A message of a queue as one of NATS: its body is the body, its id Nats-Msg-Id, the rest lies in headers with the names of
// broker/message.hh. A header's value has %XX for what a header cannot have.

#include <cstdint>
#include <string>
#include <string_view>

#include "broker/json.hh"
#include "broker/message.hh"
#include "connection.hh"

namespace flowrun::nats {

// `once`: what JetStream knows it by; of two that have the same within two minutes it keeps one. Empty: it keeps all. Throws
// broker::Lost.
Msg letter(const std::string& subject, const std::string& reply, const broker::Message& message, std::string_view once);
// Of one that was delivered.
broker::Message message_of(const Msg& msg);
// Of one as $JS.API.STREAM.MSG.GET has it: its "message".
broker::Message message_of(const broker::Json& stored);

// A reply subject of JetStream says what was delivered.
struct Delivery {
    std::uint64_t sequence = 0;  // in the stream; 0: it is none
    std::uint64_t count = 0;     // how often it was delivered, this one too
    std::int64_t time = 0;       // when it was stored
    std::uint64_t pending = 0;   // how many are behind it
};
Delivery delivery_of(std::string_view reply);

// Of an id that no one gave: "STREAM/SEQUENCE".
std::string id_of(std::string_view stream, std::uint64_t sequence);

}  // namespace flowrun::nats
