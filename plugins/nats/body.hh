#pragma once
// Bodies and whole messages as values, for the components.

#include <flowrun/component.hh>

#include <string>
#include <string_view>

#include "broker/cloud_event.hh"
#include "connection.hh"

namespace flowrun::nats {

// Its content type; empty where it has none.
std::string_view type_of(const Msg& msg);
// {body, headers, subject}, and of event, reply_to, sequence, deliveries what there is. Throws sdk::Failure (invalid) where the body is
// not what it is to be read as.
void build_message(sdk::Build& build, const Msg& msg, const broker::Reading& reading);

// A message with nothing but a body and its type. Throws std::bad_alloc.
Msg plain_letter(const std::string& subject, const std::string& reply, const broker::Body& body);
// Throws sdk::Failure (invalid) where it cannot be a header.
void add_header(const Msg& msg, std::string_view name, std::string_view value);

}  // namespace flowrun::nats
