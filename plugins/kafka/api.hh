#pragma once
// librdkafka, owned: each is freed by its destructor.

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace flowrun::kafka {

template <auto free>
struct Free {
    template <class T>
    void operator()(T* of) const {
        free(of);
    }
};
template <class T, auto free>
using Owned = std::unique_ptr<T, Free<free>>;

using Conf = Owned<rd_kafka_conf_t, rd_kafka_conf_destroy>;
using Partitions = Owned<rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_list_destroy>;
using Headers = Owned<rd_kafka_headers_t, rd_kafka_headers_destroy>;
using Message = Owned<rd_kafka_message_t, rd_kafka_message_destroy>;
using Event = Owned<rd_kafka_event_t, rd_kafka_event_destroy>;
using EventQueue = Owned<rd_kafka_queue_t, rd_kafka_queue_destroy>;
using ErrorObject = Owned<rd_kafka_error_t, rd_kafka_error_destroy>;

// Does not wait for what is still to be sent or closed.
inline void destroy_at_once(rd_kafka_t* of) { rd_kafka_destroy_flags(of, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE); }
using Client = Owned<rd_kafka_t, destroy_at_once>;

// One partition of one topic.
struct Place {
    std::string topic;
    std::int32_t partition = 0;
    auto operator<=>(const Place&) const = default;
};

inline Partitions partitions(int room = 0) { return Partitions(rd_kafka_topic_partition_list_new(room)); }
inline rd_kafka_topic_partition_t& add(Partitions& to, const Place& place, std::int64_t offset) {
    rd_kafka_topic_partition_t& added =
        *rd_kafka_topic_partition_list_add(to.get(), place.topic.c_str(), place.partition);
    added.offset = offset;
    return added;
}
inline Place place_of(const rd_kafka_topic_partition_t& of) { return {of.topic, of.partition}; }

// One connection of several, which librdkafka makes again by itself: it also says when there is none left.
inline bool is_passing(rd_kafka_resp_err_t error) {
    return error == RD_KAFKA_RESP_ERR__TRANSPORT || error == RD_KAFKA_RESP_ERR__RESOLVE;
}
inline std::string text_of(rd_kafka_resp_err_t error) { return rd_kafka_err2str(error); }
inline std::string_view view_of(const void* data, std::size_t size) {
    return {static_cast<const char*>(data), data == nullptr ? 0 : size};
}

}  // namespace flowrun::kafka
