#include "letter.hh"

#include <new>

namespace flowrun::kafka {
namespace {

constexpr std::string_view key_header = "flowrun-key";  // is the key itself
constexpr std::int64_t millisecond = 1'000'000;

}  // namespace

void add_header(const Headers& to, std::string_view name, std::string_view value) {
    const auto error = rd_kafka_header_add(to.get(), name.data(), static_cast<ssize_t>(name.size()), value.data(),
                                           static_cast<ssize_t>(value.size()));
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) throw std::bad_alloc();
}

Producer::Letter letter_of(const std::string& topic, std::int32_t partition, const broker::Message& message) {
    Producer::Letter made{topic, partition, message.key, message.body, Headers(rd_kafka_headers_new(8))};
    broker::each_header(message, [&](std::string_view name, std::string_view value) {
        if (name != key_header) add_header(made.headers, name, value);
    });
    return made;
}

std::size_t size_of(const broker::Message& message) {
    std::size_t size = message.body.size() + message.key.size();
    broker::each_header(message, [&](std::string_view name, std::string_view value) {
        if (name != key_header) size += name.size() + value.size() + 2;
    });
    return size;
}

broker::Message message_of(const rd_kafka_message_t& record) {
    broker::Message made;
    rd_kafka_timestamp_type_t type{};
    const std::int64_t time = rd_kafka_message_timestamp(&record, &type);
    if (type != RD_KAFKA_TIMESTAMP_NOT_AVAILABLE) made.time = made.accepted = time * millisecond;
    rd_kafka_headers_t* headers = nullptr;
    if (rd_kafka_message_headers(&record, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        const char* name = nullptr;
        const void* value = nullptr;
        std::size_t size = 0;
        for (std::size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
             ++i)
            broker::set_header(made, name, view_of(value, size));
    }
    made.body = view_of(record.payload, record.len);
    made.key = view_of(record.key, record.key_len);
    if (made.id.empty()) {
        made.id = std::string(rd_kafka_topic_name(record.rkt)) + "/" + std::to_string(record.partition) + "/" +
                  std::to_string(record.offset);
    }
    return made;
}

}  // namespace flowrun::kafka
