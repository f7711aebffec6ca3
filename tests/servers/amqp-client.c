/* A client of RabbitMQ for tests: amqp-client URL declare|publish|get QUEUE [TEXT]. The queue is a quorum queue; publish
 * returns when the broker has confirmed; get prints a message and leaves it there. */
#include <amqp.h>
#include <amqp_tcp_socket.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

static amqp_connection_state_t connection;

static void stop(const char* what) {
    fprintf(stderr, "amqp-client: %s\n", what);
    exit(1);
}

static void answered(const char* what) {
    if (amqp_get_rpc_reply(connection).reply_type != AMQP_RESPONSE_NORMAL) stop(what);
}

static void connect_to(char* url) {
    struct amqp_connection_info info;
    if (amqp_parse_url(url, &info) != AMQP_STATUS_OK) stop("not a URL");
    connection = amqp_new_connection();
    amqp_socket_t* socket = amqp_tcp_socket_new(connection);
    struct timeval patience = {20, 0};
    if (amqp_socket_open_noblock(socket, info.host, info.port, &patience) != AMQP_STATUS_OK) stop("cannot connect");
    amqp_rpc_reply_t reply = amqp_login(connection, info.vhost, 0, AMQP_DEFAULT_FRAME_SIZE, 0, AMQP_SASL_METHOD_PLAIN,
                                        info.user, info.password);
    if (reply.reply_type != AMQP_RESPONSE_NORMAL) stop("cannot log in");
    amqp_channel_open(connection, 1);
    answered("cannot open a channel");
    amqp_set_rpc_timeout(connection, &patience);
}

static void declare(amqp_bytes_t queue) {
    amqp_table_entry_t entry = {amqp_cstring_bytes("x-queue-type"), {AMQP_FIELD_KIND_UTF8, {0}}};
    entry.value.value.bytes = amqp_cstring_bytes("quorum");
    amqp_table_t arguments = {1, &entry};
    amqp_queue_declare(connection, 1, queue, 0, 1, 0, 0, arguments);
    answered("cannot declare");
}

static void publish(amqp_bytes_t queue, const char* text) {
    amqp_confirm_select(connection, 1);
    answered("no confirms");
    amqp_basic_properties_t properties;
    memset(&properties, 0, sizeof properties);
    properties._flags = AMQP_BASIC_DELIVERY_MODE_FLAG;
    properties.delivery_mode = AMQP_DELIVERY_PERSISTENT;
    if (amqp_basic_publish(connection, 1, amqp_empty_bytes, queue, 1, 0, &properties, amqp_cstring_bytes(text)) !=
        AMQP_STATUS_OK)
        stop("cannot publish");
    amqp_frame_t frame;
    struct timeval patience = {20, 0};
    if (amqp_simple_wait_frame_noblock(connection, &frame, &patience) != AMQP_STATUS_OK) stop("not confirmed in time");
    if (frame.frame_type != AMQP_FRAME_METHOD || frame.payload.method.id != AMQP_BASIC_ACK_METHOD)
        stop("not confirmed");
}

static void get(amqp_bytes_t queue) {
    amqp_rpc_reply_t reply = amqp_basic_get(connection, 1, queue, 0);
    if (reply.reply_type != AMQP_RESPONSE_NORMAL) stop("cannot get");
    if (reply.reply.id != AMQP_BASIC_GET_OK_METHOD) stop("nothing there");
    amqp_message_t message;
    if (amqp_read_message(connection, 1, &message, 0).reply_type != AMQP_RESPONSE_NORMAL) stop("cannot read");
    fwrite(message.body.bytes, 1, message.body.len, stdout);
    putchar('\n');
    amqp_destroy_message(&message);
}

int main(int count, char** arguments) {
    if (count < 4) stop("URL declare|publish|get QUEUE [TEXT]");
    connect_to(arguments[1]);
    amqp_bytes_t queue = amqp_cstring_bytes(arguments[3]);
    if (strcmp(arguments[2], "declare") == 0) {
        declare(queue);
    } else if (strcmp(arguments[2], "publish") == 0 && count == 5) {
        publish(queue, arguments[4]);
    } else if (strcmp(arguments[2], "get") == 0) {
        get(queue);
    } else {
        stop("URL declare|publish|get QUEUE [TEXT]");
    }
    amqp_connection_close(connection, AMQP_REPLY_SUCCESS); /* what was got and not acknowledged goes back */
    amqp_destroy_connection(connection);
    return 0;
}
