#include "record.hh"

#include <functional>
#include <string_view>

namespace flowrun::kafka {
namespace {

constexpr std::string_view event_prefixes[] = {"ce_"};

// Of several with the same name the last.
void each_header(const rd_kafka_message_t& record,
                 const std::function<void(const char*, const void*, std::size_t)>& give) {
    rd_kafka_headers_t* headers = nullptr;
    if (rd_kafka_message_headers(&record, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return;
    const char* name = nullptr;
    const void *value = nullptr, *last = nullptr;
    std::size_t size = 0, last_size = 0;
    for (std::size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
         ++i) {
        rd_kafka_header_get_last(headers, name, &last, &last_size);
        if (last == value) give(name, value, size);
    }
}

void build_headers(sdk::Build& build, const rd_kafka_message_t& record) {
    build.map();
    each_header(record, [&](const char* name, const void* value, std::size_t size) {
        build.key(name);
        if (value == nullptr) build.null();
        else broker::build_body(build, view_of(value, size), {}, broker::Format::automatic);
    });
    build.end();
}

}  // namespace

std::string_view header_of(const rd_kafka_message_t& record, const char* name) {
    rd_kafka_headers_t* headers = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    if (rd_kafka_message_headers(&record, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR ||
        rd_kafka_header_get_last(headers, name, &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return {};
    return view_of(value, size);
}

void build_record(sdk::Build& build, const rd_kafka_message_t& record, const broker::Reading& reading,
                  std::uint64_t deliveries) {
    build.map();
    std::string_view type = header_of(record, "content-type");
    if (type.empty()) type = header_of(record, "Content-Type");
    broker::Content content{view_of(record.payload, record.len), type};
    content.prefixes = event_prefixes;
    content.each_header = [&](const broker::Content::Give& give) {
        each_header(record,
                    [&](const char* name, const void* value, std::size_t size) { give(name, view_of(value, size)); });
    };
    if (record.payload == nullptr && reading.events != broker::CloudEvents::require) build.key("body").null();
    else broker::build_content(build, content, reading);
    build_headers(build.key("headers"), record);
    build.key("topic").string(rd_kafka_topic_name(record.rkt));
    build.key("partition").integer(record.partition).key("offset").integer(record.offset);
    build.key("deliveries").unsigned_integer(deliveries);
    if (record.key != nullptr)
        broker::build_body(build.key("key"), view_of(record.key, record.key_len), {}, broker::Format::automatic);
    rd_kafka_timestamp_type_t kind{};
    const std::int64_t time = rd_kafka_message_timestamp(&record, &kind);
    if (kind != RD_KAFKA_TIMESTAMP_NOT_AVAILABLE) build.key("timestamp").integer(time);
    build.end();
}

}  // namespace flowrun::kafka
