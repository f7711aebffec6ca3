#include "body.hh"

#include <string>

#include "text.hh"

namespace flowrun::http {

using namespace sdk;

Format format_of(std::string_view name) {
    if (name == "json") return Format::json;
    if (name == "text") return Format::text;
    if (name == "bytes") return Format::bytes;
    return Format::automatic;
}

void build_body(Build& builder, const flowrun_values* table, std::string_view body, std::string_view content_type,
                Format how) {
    const bool json = how == Format::json || (how == Format::automatic && is_json(content_type));
    if (how == Format::bytes) {
        builder.bytes(body);
    } else if (how == Format::text && !is_utf8(body)) {
        throw Failure(Status::invalid, "the body is not UTF-8");
    } else if (body.empty() && how != Format::text) {
        builder.null();
    } else if (!json) {
        builder.string(body);
    } else {
        // Some writers begin with the mark of a byte order, which UTF-8 has no use for (RFC 8259, 8.1).
        constexpr std::string_view mark = "\xEF\xBB\xBF";
        if (body.starts_with(mark)) body.remove_prefix(mark.size());
        flowrun_json_error wrong{};
        wrong.size = sizeof wrong;
        if (table->build_json(builder.raw(), body.data(), body.size(), &wrong) == FLOWRUN_OK) return;
        throw Failure(Status::invalid, "the body is not JSON: " + std::string(wrong.message ? wrong.message : "?") +
                                           " at byte " + std::to_string(wrong.offset));
    }
}

}  // namespace flowrun::http
