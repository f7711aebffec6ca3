// P4, a client of RabbitMQ by its bare library: peer_p4_amqp URL COUNT BATCH. One thread publishes to a quorum queue with confirms,
// takes and acks, with BATCH messages on their way at a time.
#include <amqp.h>
#include <amqp_tcp_socket.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

constexpr amqp_channel_t channel = 1;

[[noreturn]] void stop(const char* what) {
    std::fprintf(stderr, "peer_p4_amqp: %s\n", what);
    std::exit(1);
}

void check(amqp_rpc_reply_t reply, const char* what) {
    if (reply.reply_type != AMQP_RESPONSE_NORMAL) stop(what);
}

amqp_connection_state_t connect_to(std::string url, amqp_bytes_t queue) {
    amqp_connection_info info{};
    if (amqp_parse_url(url.data(), &info) != AMQP_STATUS_OK) stop("not a URL");
    const amqp_connection_state_t connection = amqp_new_connection();
    if (amqp_socket_open(amqp_tcp_socket_new(connection), info.host, info.port) != AMQP_STATUS_OK) stop("connect");
    check(amqp_login(connection, info.vhost, 0, 131072, 0, AMQP_SASL_METHOD_PLAIN, info.user, info.password), "log in");
    amqp_channel_open(connection, channel);
    check(amqp_get_rpc_reply(connection), "channel");
    amqp_table_entry_t type{amqp_cstring_bytes("x-queue-type"), {AMQP_FIELD_KIND_UTF8, {0}}};
    type.value.value.bytes = amqp_cstring_bytes("quorum");
    amqp_queue_declare(connection, channel, queue, 0, 1, 0, 0, {1, &type});
    check(amqp_get_rpc_reply(connection), "declare");
    amqp_confirm_select(connection, channel);
    check(amqp_get_rpc_reply(connection), "confirms");
    amqp_basic_qos(connection, channel, 0, 256, 0);
    check(amqp_get_rpc_reply(connection), "qos");
    amqp_basic_consume(connection, channel, queue, amqp_empty_bytes, 0, 0, 0, amqp_empty_table);
    check(amqp_get_rpc_reply(connection), "consume");
    return connection;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) stop("URL COUNT BATCH");
    const amqp_bytes_t queue = amqp_cstring_bytes("peer_p4");
    const amqp_connection_state_t connection = connect_to(argv[1], queue);
    const std::uint64_t count = std::strtoull(argv[2], nullptr, 10), batch = std::strtoull(argv[3], nullptr, 10);
    const std::string body(64, 'x');
    amqp_basic_properties_t properties{};
    properties._flags = AMQP_BASIC_DELIVERY_MODE_FLAG;
    properties.delivery_mode = AMQP_DELIVERY_PERSISTENT;
    std::uint64_t published = 0, taken = 0, confirmed = 0, first = 1;
    std::vector<bool> is_confirmed(count + 2);
    while (taken < count || confirmed < count) {
        for (; published < count && published < taken + batch && published < confirmed + batch; ++published) {
            const int status = amqp_basic_publish(connection, channel, amqp_empty_bytes, queue, 1, 0, &properties,
                                                  {body.size(), const_cast<char*>(body.data())});
            if (status != AMQP_STATUS_OK) stop("publish");
        }
        amqp_frame_t frame{};
        if (amqp_simple_wait_frame(connection, &frame) != AMQP_STATUS_OK) stop("read");
        if (frame.frame_type != AMQP_FRAME_METHOD) continue;
        if (frame.payload.method.id == AMQP_BASIC_ACK_METHOD) {
            const auto& ack = *static_cast<amqp_basic_ack_t*>(frame.payload.method.decoded);
            for (std::uint64_t tag = ack.multiple ? first : ack.delivery_tag; tag <= ack.delivery_tag; ++tag) {
                if (!is_confirmed[tag]) ++confirmed;
                is_confirmed[tag] = true;
            }
            while (is_confirmed[first]) ++first;
        } else if (frame.payload.method.id == AMQP_BASIC_DELIVER_METHOD) {
            const auto tag = static_cast<amqp_basic_deliver_t*>(frame.payload.method.decoded)->delivery_tag;
            amqp_message_t message{};
            check(amqp_read_message(connection, channel, &message, 0), "message");
            amqp_destroy_message(&message);
            if (amqp_basic_ack(connection, channel, tag, 0) != AMQP_STATUS_OK) stop("ack");
            ++taken;
        }
        amqp_maybe_release_buffers(connection);
    }
    amqp_connection_close(connection, AMQP_REPLY_SUCCESS);
    amqp_destroy_connection(connection);
    return 0;
}
