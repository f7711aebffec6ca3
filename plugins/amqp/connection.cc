#include "connection.hh"

#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <flowrun/cxx/queue.hh>

#include <algorithm>
#include <cstdlib>
#include <new>

namespace flowrun::amqp {
namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr timeval longest_wait{10, 0}, longest_farewell{0, 300'000};
constexpr int largest_frame = 131'072, most_channels = 2047;

amqp_table_entry_t entry(const char* name, amqp_field_value_t value) { return {amqp_cstring_bytes(name), value}; }
amqp_field_value_t truth() {
    amqp_field_value_t value{};
    value.kind = AMQP_FIELD_KIND_BOOLEAN;
    value.value.boolean = 1;
    return value;
}
amqp_field_value_t text(std::string_view of) {
    amqp_field_value_t value{};
    value.kind = AMQP_FIELD_KIND_UTF8;
    value.value.bytes = bytes_of(of);
    return value;
}
amqp_field_value_t table(amqp_table_t of) {
    amqp_field_value_t value{};
    value.kind = AMQP_FIELD_KIND_TABLE;
    value.value.table = of;
    return value;
}

[[noreturn]] void refused(std::string why) { throw sdk::QueueError{FLOWRUN_E_UNAVAILABLE, std::move(why)}; }

}  // namespace

Connection::Connection(const Server& server, std::string_view name) : patience_(server.heartbeat * second / 2) {
    state_ = amqp_new_connection();
    if (state_ == nullptr) throw std::bad_alloc();
    try {
        connect(server);
        log_in(server, name);
    } catch (...) {
        amqp_destroy_connection(state_);
        throw;
    }
    well_ = true;
}

Connection::~Connection() {
    if (well_ && writable()) {
        amqp_set_rpc_timeout(state_, &longest_farewell);
        amqp_connection_close(state_, AMQP_REPLY_SUCCESS);
    }
    amqp_destroy_connection(state_);
}

void Connection::connect(const Server& server) {
    amqp_socket_t* const socket = server.tls ? amqp_ssl_socket_new(state_) : amqp_tcp_socket_new(state_);
    if (socket == nullptr) throw std::bad_alloc();
    if (server.tls) secure(server, socket);
    const int status = amqp_socket_open_noblock(socket, server.host.c_str(), server.port, &longest_wait);
    if (status == AMQP_STATUS_SSL_HOSTNAME_VERIFY_FAILED) refused("its certificate is not for '" + server.host + "'");
    if (status == AMQP_STATUS_SSL_PEER_VERIFY_FAILED)
        refused("its certificate is not to be trusted: name the file of who has signed it, ?ca=FILE");
    if (status != AMQP_STATUS_OK) throw broker::Lost{std::string("cannot connect: ") + amqp_error_string2(status)};
}

void Connection::secure(const Server& server, amqp_socket_t* socket) {
    amqp_ssl_socket_set_verify_peer(socket, 1);
    amqp_ssl_socket_set_verify_hostname(socket, 1);
    amqp_ssl_socket_set_ssl_versions(socket, AMQP_TLSv1_2, AMQP_TLSvLATEST);
    if (server.ca.empty()) {
        SSL_CTX_set_default_verify_paths(static_cast<SSL_CTX*>(amqp_ssl_socket_get_context(socket)));
    } else if (amqp_ssl_socket_set_cacert(socket, server.ca.c_str()) != AMQP_STATUS_OK) {
        throw sdk::QueueError{FLOWRUN_E_INVALID, "there are no certificates to be read in '" + server.ca + "'"};
    }
    if (!server.cert.empty() &&
        amqp_ssl_socket_set_key(socket, server.cert.c_str(), server.key.c_str()) != AMQP_STATUS_OK) {
        throw sdk::QueueError{FLOWRUN_E_INVALID,
                              "no certificate with its key can be read in '" + server.cert + "', '" + server.key + "'"};
    }
}

void Connection::log_in(const Server& server, std::string_view name) {
    amqp_table_entry_t abilities[] = {entry("connection.blocked", truth()), entry("consumer_cancel_notify", truth()),
                                      entry("basic.nack", truth()), entry("publisher_confirms", truth())};
    amqp_table_entry_t properties[] = {entry("capabilities", table({std::size(abilities), abilities})),
                                       entry("connection_name", text(name)), entry("product", text("flowrun"))};
    const amqp_table_t of_client{std::size(properties), properties};
    amqp_set_handshake_timeout(state_, &longest_wait);
    amqp_set_rpc_timeout(state_, &longest_wait);
    const amqp_rpc_reply_t reply =
        amqp_login_with_properties(state_, server.vhost.c_str(), most_channels, largest_frame, server.heartbeat,
                                   &of_client, AMQP_SASL_METHOD_PLAIN, server.user.c_str(), server.password.c_str());
    if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION) lost(reply.library_error);
    if (reply.reply_type != AMQP_RESPONSE_NORMAL) closed(reply.reply);
    if (const int agreed = amqp_get_heartbeat(state_); agreed > 0) patience_ = agreed * second / 2;
    const amqp_table_t& said = *amqp_get_server_properties(state_);
    for (int i = 0; i < said.num_entries; ++i) {
        if (view_of(said.entries[i].key) != "version" || said.entries[i].value.kind != AMQP_FIELD_KIND_UTF8) continue;
        major_ = static_cast<unsigned>(
            std::strtoul(std::string(view_of(said.entries[i].value.value.bytes)).c_str(), nullptr, 10));
    }
}

void Connection::open(amqp_channel_t channel) {
    amqp_channel_open(state_, channel);
    answered(channel);
}

void Connection::answered(amqp_channel_t channel) {
    const amqp_rpc_reply_t reply = amqp_get_rpc_reply(state_);
    if (reply.reply_type == AMQP_RESPONSE_NORMAL) return;
    if (reply.reply_type != AMQP_RESPONSE_SERVER_EXCEPTION) lost(reply.library_error);
    if (reply.reply.id == AMQP_CHANNEL_CLOSE_METHOD) throw closed(channel, reply.reply);
    closed(reply.reply);
}

ChannelClosed Connection::closed(amqp_channel_t channel, const amqp_method_t& method) {
    const auto& close = *static_cast<const amqp_channel_close_t*>(method.decoded);
    ChannelClosed what{close.reply_code, std::string(view_of(close.reply_text))};
    amqp_channel_close_ok_t ok{};
    send(channel, AMQP_CHANNEL_CLOSE_OK_METHOD, &ok);
    return what;
}

// The server closes the connection. What an operator must mend is told as such: what is wrong with user, password or host.
void Connection::closed(const amqp_method_t& method) {
    if (method.id != AMQP_CONNECTION_CLOSE_METHOD) throw broker::Lost{"an answer that makes no sense"};
    const auto& close = *static_cast<const amqp_connection_close_t*>(method.decoded);
    const std::string why(view_of(close.reply_text));
    const int code = close.reply_code;
    amqp_connection_close_ok_t ok{};
    amqp_send_method(state_, 0, AMQP_CONNECTION_CLOSE_OK_METHOD, &ok);
    well_ = false;
    if (code == AMQP_ACCESS_REFUSED || (code == AMQP_NOT_ALLOWED && why.find("not found") != why.npos)) refused(why);
    throw broker::Lost{why};
}

void Connection::lost(int status) {
    well_ = false;
    throw broker::Lost{amqp_error_string2(status)};
}

void Connection::check(int status) {
    if (status < 0) lost(status);
}

void Connection::send(amqp_channel_t channel, amqp_method_number_t method, void* fields) {
    check(amqp_send_method(state_, channel, method, fields));
}

bool Connection::next(amqp_frame_t& frame) {
    constexpr timeval at_once{0, 0};
    const int status = amqp_simple_wait_frame_noblock(state_, &frame, &at_once);
    if (status == AMQP_STATUS_TIMEOUT) return false;
    if (status == AMQP_STATUS_HEARTBEAT_TIMEOUT) {
        well_ = false;
        throw broker::Lost{"it has not been heard of for two heartbeats"};
    }
    check(status);
    const bool closes = frame.frame_type == AMQP_FRAME_METHOD && frame.channel == 0 &&
                        frame.payload.method.id == AMQP_CONNECTION_CLOSE_METHOD;
    if (closes) closed(frame.payload.method);
    return true;
}

bool Connection::writable() const {
    pollfd one{descriptor(), POLLOUT, 0};
    return one.fd >= 0 && ::poll(&one, 1, 0) == 1 && (one.revents & POLLOUT) != 0;
}

}  // namespace flowrun::amqp
