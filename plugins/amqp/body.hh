#pragma once
// Bodies and whole messages as values, for the components.

#include <flowrun/component.hh>

#include <string_view>

#include "broker/cloud_event.hh"
#include "content.hh"
#include "properties.hh"

namespace flowrun::amqp {

// {body, headers, exchange, routing_key, redelivered}, and of event, content_type, message_id, correlation_id and reply_to what there is.
// Throws sdk::Failure (invalid) where the body is not what it is to be read as.
void build_message(sdk::Build& build, const Delivery& delivery, const broker::Reading& reading);
// Text and whole numbers as they are, other values as JSON; null: left out.
void add_headers(Properties& properties, sdk::Value headers);

std::string_view header_of(const amqp_basic_properties_t& properties, std::string_view name);
std::string_view type_of(const amqp_basic_properties_t& properties);
std::string_view correlation_of(const amqp_basic_properties_t& properties);
std::string_view reply_to_of(const amqp_basic_properties_t& properties);

}  // namespace flowrun::amqp
