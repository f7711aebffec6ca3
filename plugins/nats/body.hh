#pragma once
// Bodies and whole messages as values, for the components.

#include <flowrun/component.hh>

#include <cstdint>
#include <string>
#include <string_view>

#include "connection.hh"

namespace flowrun::nats {

// What a body is read as. automatic: JSON where the header Content-Type says so, else text, or bytes where it is not UTF-8.
enum class Format : std::uint8_t { automatic, json, text, bytes };
Format format_of(std::string_view name);

struct Body {
    std::string bytes;
    const char* type;
};
// A string as it is, bytes as they are, any other value as JSON.
Body body_of(sdk::Value value);

// Throw sdk::Failure (invalid) where the body is not what it is to be read as.
void build_body(sdk::Build& build, const Msg& msg, Format format);
// {body, headers, subject}, and of reply_to, sequence, deliveries what there is.
void build_message(sdk::Build& build, const Msg& msg, Format format);

// A message with nothing but a body and its type. Throws std::bad_alloc.
Msg plain_letter(const std::string& subject, const std::string& reply, const Body& body);
// Throws sdk::Failure (invalid) where it cannot be a header.
void add_header(const Msg& msg, std::string_view name, std::string_view value);

}  // namespace flowrun::nats
