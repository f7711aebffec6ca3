#include "body.hh"

namespace flowrun::broker {

using namespace sdk;

Format format_in(Value settings) {
    const auto name = settings["format"].string();
    if (name == "json") return Format::json;
    if (name == "text") return Format::text;
    if (name == "bytes") return Format::bytes;
    return Format::automatic;
}

Body body_of(Value value) {
    if (!value) return {"null", "application/json"};
    if (value.is(Kind::string)) return {std::string(*value.text()), "text/plain; charset=utf-8"};
    if (value.is(Kind::bytes)) return {std::string(*value.text()), "application/octet-stream"};
    return {value.json(), "application/json"};
}

std::string_view code_of(Status status) {
    switch (status) {
        case Status::invalid: return "invalid";
        case Status::timeout: return "timeout";
        case Status::cancelled: return "cancelled";
        case Status::unavailable: return "unavailable";
        case Status::overflow: return "overflow";
        case Status::permanent: return "permanent";
        case Status::internal: return "internal";
        default: return "failed";
    }
}

Body error_body(Builder& builder, Status status, std::string_view text) {
    builder.map().key("error").map().key("code").string(code_of(status));
    return body_of(builder.key("message").string(text).end().end().finish());
}

bool is_json(std::string_view content_type) {
    std::string type(content_type.substr(0, content_type.find(';')));
    while (type.ends_with(' ')) type.pop_back();
    for (char& c : type) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return type.ends_with("/json") || type.ends_with("+json");
}

void build_body(Build& build, std::string_view body, std::string_view content_type, Format format) {
    const bool json = format == Format::json || (format == Format::automatic && is_json(content_type));
    if (format == Format::bytes) build.bytes(body);
    else if (!json) build.string(body);
    else if (!build.json(body)) throw Failure(Status::invalid, "the body is not JSON");
}

}  // namespace flowrun::broker
