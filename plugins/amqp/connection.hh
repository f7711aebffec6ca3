#pragma once
// One connection to RabbitMQ, for one thread. Several channels share it.
//
// Promises: nothing here waits longer than `longest_wait`, as long as what is sent fits (writable()). Heartbeats are kept up by
// next(), which wants to be called when patience() is over.

#include <amqp.h>
#include <amqp_framing.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "broker/session.hh"
#include "server.hh"

namespace flowrun::amqp {

inline std::string_view view_of(amqp_bytes_t bytes) {
    return bytes.bytes == nullptr ? std::string_view() : std::string_view(static_cast<char*>(bytes.bytes), bytes.len);
}
inline amqp_bytes_t bytes_of(std::string_view text) { return {text.size(), const_cast<char*>(text.data())}; }

// The server has closed a channel, with this code and text; it can be opened again.
struct ChannelClosed {
    int code = 0;
    std::string text;
};

class Connection {
public:
    // `name`: how the server's operator sees it. Throws broker::Lost where there is no server, sdk::QueueError where it refuses
    // user, password, virtual host or certificate.
    Connection(const Server& server, std::string_view name);
    // Orderly where that is quick.
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    void open(amqp_channel_t channel);
    // To a call on a channel that was just made. Throws broker::Lost, ChannelClosed.
    void answered(amqp_channel_t channel);
    void send(amqp_channel_t channel, amqp_method_number_t method, void* fields);
    void check(int status);

    // A frame that is there; false: none is, now. It is borrowed until release(). Throws broker::Lost.
    bool next(amqp_frame_t& frame);
    void release(amqp_channel_t channel) { amqp_maybe_release_buffers_on_channel(state_, channel); }
    // There is room for some KB.
    bool writable() const;
    // Until heartbeats want it; nanoseconds, on the clock of whoever asks at once.
    std::int64_t patience() const { return amqp_frames_enqueued(state_) != 0 ? 0 : patience_; }

    amqp_connection_state_t state() const { return state_; }
    int descriptor() const { return amqp_get_sockfd(state_); }
    // The server's, 0 where it does not say.
    unsigned major() const { return major_; }

    // Answers the channel.close in it.
    ChannelClosed closed(amqp_channel_t channel, const amqp_method_t& method);

private:
    void connect(const Server& server);
    void secure(const Server& server, amqp_socket_t* socket);
    void log_in(const Server& server, std::string_view name);
    [[noreturn]] void closed(const amqp_method_t& method);
    [[noreturn]] void lost(int status);

    amqp_connection_state_t state_ = nullptr;
    bool well_ = false;
    std::int64_t patience_ = 0;
    unsigned major_ = 0;
};

}  // namespace flowrun::amqp
