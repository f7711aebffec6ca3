#include "message.hh"

#include <algorithm>
#include <string_view>

#include "target.hh"

namespace flowrun::http {

using namespace sdk;

namespace {

// The values of a name that is given several times are a list.
void build_query(Build& builder, const Target& target) {
    builder.key("query").map();
    for (auto one = target.query.begin(); one != target.query.end(); ++one) {
        const auto is_it = [&](const auto& other) { return other.first == one->first; };
        if (std::find_if(target.query.begin(), one, is_it) != one) continue;
        builder.key(one->first);
        if (std::find_if(one + 1, target.query.end(), is_it) == target.query.end()) {
            builder.string(one->second);
            continue;
        }
        builder.list();
        for (auto same = one; same != target.query.end(); ++same) {
            if (is_it(*same)) builder.string(same->second);
        }
        builder.end();
    }
    builder.end();
}

void build_headers(Build& builder, const Inbound& request) {
    builder.key("headers").map();
    for (const Inbound::Field& field : request.fields()) {
        // Of the body as it is by now neither would be true.
        const bool stale = field.name == "content-encoding" || field.name == "content-length";
        if (!stale || !request.decoded()) builder.key(field.name).string(field.value);
    }
    builder.end();
}

}  // namespace

Value message_of(const Inbound& request, std::string_view client, const ServerSettings& settings,
                 const flowrun_values* table, Builder& builder) {
    const auto target = target_of(request.target());
    builder.map().key("method").string(request.method());
    builder.key("path").string(target ? std::string_view(target->path) : std::string_view());
    if (target) build_query(builder, *target);
    builder.key("target").string(request.target()).key("client").string(client);
    build_headers(builder, request);
    builder.key("body");
    build_body(builder, table, request.body(), request.field("content-type"), settings.format);
    return builder.end().finish();
}

}  // namespace flowrun::http
