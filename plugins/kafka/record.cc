#include "record.hh"

#include <string>

namespace flowrun::kafka {
namespace {

// Of several with the same name the last.
void build_headers(sdk::Build& build, const rd_kafka_message_t& record) {
    build.map();
    rd_kafka_headers_t* headers = nullptr;
    if (rd_kafka_message_headers(&record, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        const char* name = nullptr;
        const void *value = nullptr, *last = nullptr;
        std::size_t size = 0, last_size = 0;
        for (std::size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
             ++i) {
            rd_kafka_header_get_last(headers, name, &last, &last_size);
            if (last != value) continue;
            build.key(name);
            if (value == nullptr) build.null();
            else broker::build_body(build, view_of(value, size), {}, broker::Format::automatic);
        }
    }
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

void build_record(sdk::Build& build, const rd_kafka_message_t& record, broker::Format format,
                  std::uint64_t deliveries) {
    build.map().key("body");
    std::string_view type = header_of(record, "content-type");
    if (type.empty()) type = header_of(record, "Content-Type");
    if (record.payload == nullptr) build.null();
    else broker::build_body(build, view_of(record.payload, record.len), type, format);
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
