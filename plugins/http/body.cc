#include "body.hh"

#include <algorithm>
#include <string>

#include "target.hh"
#include "text.hh"

namespace flowrun::http {

using namespace sdk;

Format format_of(std::string_view name) {
    if (name == "json") return Format::json;
    if (name == "form") return Format::form;
    if (name == "text") return Format::text;
    if (name == "bytes") return Format::bytes;
    return Format::automatic;
}

void build_pairs(Build& builder, const std::vector<std::pair<std::string, std::string>>& pairs) {
    builder.map();
    for (auto one = pairs.begin(); one != pairs.end(); ++one) {
        const auto is_it = [&](const auto& other) { return other.first == one->first; };
        if (std::find_if(pairs.begin(), one, is_it) != one) continue;
        builder.key(one->first);
        if (std::find_if(one + 1, pairs.end(), is_it) == pairs.end()) {
            builder.string(one->second);
            continue;
        }
        builder.list();
        for (auto same = one; same != pairs.end(); ++same) {
            if (is_it(*same)) builder.string(same->second);
        }
        builder.end();
    }
    builder.end();
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
    } else if (how == Format::form) {
        const auto pairs = is_form(body) ? query_of(body) : std::nullopt;
        if (!pairs)
            throw Failure(Status::invalid, "the body is not that of a form: name=value, joined by &, all else as %XX");
        build_pairs(builder, *pairs);
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
