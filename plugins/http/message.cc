#include "message.hh"

#include <string_view>

#include "target.hh"

namespace flowrun::http {

using namespace sdk;

namespace {

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
    if (target) build_pairs(builder.key("query"), target->query);
    builder.key("target").string(request.target()).key("client").string(client);
    build_headers(builder, request);
    builder.key("body");
    build_body(builder, table, request.body(), request.field("content-type"), settings.format);
    return builder.end().finish();
}

}  // namespace flowrun::http
