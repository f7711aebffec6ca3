#include "message.hh"

#include <algorithm>
#include <string_view>

#include "target.hh"

namespace flowrun::http {

using namespace sdk;

namespace {

// Of a name that is given twice the first counts; `target` has all.
void build_query(Build& builder, const Target& target) {
    builder.key("query").map();
    for (auto one = target.query.begin(); one != target.query.end(); ++one) {
        const auto is_it = [&](const auto& other) { return other.first == one->first; };
        if (std::find_if(target.query.begin(), one, is_it) == one) builder.key(one->first).string(one->second);
    }
    builder.end();
}

}  // namespace

Value message_of(const Inbound& request, const ServerSettings& settings, const flowrun_values* table,
                 Builder& builder) {
    const auto target = target_of(request.target());
    builder.map().key("method").string(request.method());
    builder.key("path").string(target ? std::string_view(target->path) : std::string_view());
    if (target) build_query(builder, *target);
    builder.key("target").string(request.target()).key("headers").map();
    for (const Inbound::Field& field : request.fields()) builder.key(field.name).string(field.value);
    builder.end().key("body");
    build_body(builder, table, request.body(), request.field("content-type"), settings.format);
    return builder.end().finish();
}

}  // namespace flowrun::http
