#include "body.hh"

#include <algorithm>

#include "connection.hh"

namespace flowrun::amqp {
namespace {

using namespace sdk;

struct TextProperty {
    const char* name;
    amqp_flags_t flag;
    amqp_bytes_t amqp_basic_properties_t::* field;
};
constexpr TextProperty content_type{"content_type", AMQP_BASIC_CONTENT_TYPE_FLAG,
                                    &amqp_basic_properties_t::content_type};
constexpr TextProperty correlation{"correlation_id", AMQP_BASIC_CORRELATION_ID_FLAG,
                                   &amqp_basic_properties_t::correlation_id};
constexpr TextProperty reply_to{"reply_to", AMQP_BASIC_REPLY_TO_FLAG, &amqp_basic_properties_t::reply_to};
constexpr TextProperty message_id{"message_id", AMQP_BASIC_MESSAGE_ID_FLAG, &amqp_basic_properties_t::message_id};

std::string_view text_in(const amqp_basic_properties_t& properties, const TextProperty& which) {
    return (properties._flags & which.flag) != 0 ? view_of(properties.*which.field) : std::string_view();
}

// Tables and lists within headers are left out.
void build_headers(Build& build, const amqp_basic_properties_t& properties) {
    const bool any = (properties._flags & AMQP_BASIC_HEADERS_FLAG) != 0;
    build.map();
    for (int i = 0; any && i < properties.headers.num_entries; ++i) {
        const auto& [name, value] = properties.headers.entries[i];
        if (value.kind == AMQP_FIELD_KIND_UTF8 || value.kind == AMQP_FIELD_KIND_BYTES) {
            build.key(view_of(name)).string(view_of(value.value.bytes));
        } else if (value.kind == AMQP_FIELD_KIND_BOOLEAN) {
            build.key(view_of(name)).boolean(value.value.boolean != 0);
        } else if (value.kind == AMQP_FIELD_KIND_F64) {
            build.key(view_of(name)).real(value.value.f64);
        } else if (const auto number = whole_number(value)) {
            build.key(view_of(name)).integer(*number);
        }
    }
    build.end();
}

}  // namespace

constexpr std::string_view event_prefixes[] = {"cloudevents:", "cloudevents_"};

// With native values as texts, as CloudEvents has them.
void each_property(const amqp_basic_properties_t& properties, const broker::Content::Give& give) {
    each_header_of(properties, give);
    const bool any = (properties._flags & AMQP_BASIC_HEADERS_FLAG) != 0;
    for (int i = 0; any && i < properties.headers.num_entries; ++i) {
        const auto& [name, value] = properties.headers.entries[i];
        if (value.kind == AMQP_FIELD_KIND_BOOLEAN) give(view_of(name), value.value.boolean != 0 ? "true" : "false");
        if (value.kind == AMQP_FIELD_KIND_TIMESTAMP) {
            constexpr std::uint64_t second = 1'000'000'000, latest = 9'000'000'000;
            const auto at = static_cast<std::int64_t>(std::min(value.value.u64, latest) * second);
            give(view_of(name), broker::time_text(at));
        }
    }
}

void build_message(Build& build, const Delivery& delivery, const broker::Reading& reading) {
    const amqp_basic_properties_t& properties = *delivery.properties;
    build.map();
    broker::Content content{delivery.body, type_of(properties)};
    content.each_header = [&](const broker::Content::Give& give) { each_property(properties, give); };
    content.prefixes = event_prefixes;
    broker::build_content(build, content, reading);
    build_headers(build.key("headers"), *delivery.properties);
    build.key("exchange").string(delivery.exchange).key("routing_key").string(delivery.key);
    build.key("redelivered").boolean(delivery.redelivered);
    for (const TextProperty& one : {content_type, message_id, correlation, reply_to}) {
        const std::string_view text = text_in(*delivery.properties, one);
        if (!text.empty()) build.key(one.name).string(text);
    }
    build.end();
}

void add_headers(Properties& properties, Value headers) {
    for (auto [name, value] : headers.entries()) {
        if (name.size() > longest_short) throw Failure(Status::invalid, "the name of a header has more than 255 bytes");
        if (value.is(Kind::null)) continue;
        const auto text = value.text();
        if (text) properties.header(name, *text);
        else if (value.is(Kind::integer)) properties.header(name, value.integer().value_or(0));
        else properties.header(name, std::string_view(value.json()));
    }
}

std::string_view header_of(const amqp_basic_properties_t& properties, std::string_view name) {
    if ((properties._flags & AMQP_BASIC_HEADERS_FLAG) == 0) return {};
    for (int i = 0; i < properties.headers.num_entries; ++i) {
        const amqp_table_entry_t& one = properties.headers.entries[i];
        if (view_of(one.key) == name && one.value.kind == AMQP_FIELD_KIND_UTF8) return view_of(one.value.value.bytes);
    }
    return {};
}

std::string_view type_of(const amqp_basic_properties_t& properties) { return text_in(properties, content_type); }
std::string_view correlation_of(const amqp_basic_properties_t& properties) { return text_in(properties, correlation); }
std::string_view reply_to_of(const amqp_basic_properties_t& properties) { return text_in(properties, reply_to); }

}  // namespace flowrun::amqp
