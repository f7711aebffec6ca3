#pragma once
// Bodies of messages as values, for the components that read and write what is of others.

#include <flowrun/component.hh>

#include <cstdint>
#include <string>
#include <string_view>

namespace flowrun::broker {

// What a body is read as. automatic: as its content type says, JSON or else text, or bytes where it is not UTF-8.
enum class Format : std::uint8_t { automatic, json, text, bytes };
// Of the setting `format`.
Format format_in(sdk::Value settings);

struct Body {
    std::string bytes;
    std::string_view type;  // its content type; lasts
};
// A string as it is, bytes as they are, any other value as JSON; absent: null.
Body body_of(sdk::Value value);
// {"error": {"code", "message"}}: what is answered in place of a reply.
Body error_body(sdk::Builder& builder, sdk::Status status, std::string_view text);
// As error_body has it, and the header flowrun-error.
std::string_view code_of(sdk::Status status);

// */json and */*+json.
bool is_json(std::string_view content_type);
// Throws sdk::Failure (invalid) where the body is not what it is to be read as.
void build_body(sdk::Build& build, std::string_view body, std::string_view content_type, Format format);

}  // namespace flowrun::broker
