#pragma once
// Bodies and whole messages as values, for the components.

#include <flowrun/component.hh>

#include <cstdint>
#include <string>
#include <string_view>

#include "content.hh"
#include "properties.hh"

namespace flowrun::amqp {

// What a body is read as. automatic: as the content type says, JSON or else text, or bytes where it is not UTF-8.
enum class Format : std::uint8_t { automatic, json, text, bytes };
Format format_of(std::string_view name);

struct Body {
    std::string bytes;
    std::string_view type;
};
// A string as it is, bytes as they are, any other value as JSON.
Body body_of(sdk::Value value);

// Each of these throws sdk::Failure (invalid) where the body is not what it is to be read as.
void build_body(sdk::Build& build, const Delivery& delivery, Format format);
// {body, headers, exchange, routing_key, redelivered}, and of content_type, message_id, correlation_id and reply_to what there is.
void build_message(sdk::Build& build, const Delivery& delivery, Format format);
// Text and whole numbers as they are, other values as JSON; null: left out.
void add_headers(Properties& properties, sdk::Value headers);

std::string_view header_of(const amqp_basic_properties_t& properties, std::string_view name);
std::string_view correlation_of(const amqp_basic_properties_t& properties);
std::string_view reply_to_of(const amqp_basic_properties_t& properties);

}  // namespace flowrun::amqp
