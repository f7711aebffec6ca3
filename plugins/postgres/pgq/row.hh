#pragma once
// A message as a row of pgq's table, both ways.

#include <string>
#include <string_view>

#include "broker/message.hh"
#include "postgres_client/values.hh"

namespace flowrun::pgq {

// The row's id: the message's own where that is a UUID, else one that follows from it.
std::string row_id(std::string_view message_id);
// What goes beside its payload, as a flat JSON object.
std::string metadata_of(const broker::Message& message);
// Its payload must be a JSON object; empty: it is, else why it cannot be put.
std::string refusal_of(const broker::Message& message);

// A row of Statements::take.
struct Taken {
    broker::Message message;
    std::string id;
    std::uint64_t count = 0;
    bool again = false, is_object = false;
};
Taken taken_of(const postgres::Result& rows, int row);

}  // namespace flowrun::pgq
