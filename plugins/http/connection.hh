#pragma once
// A client that is connected: its requests are read, sent into the flow and answered, one after another.

#include "exchange.hh"
#include "inbound.hh"
#include "serving.hh"
#include "stream.hh"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace flowrun::http {

class Connection final : public std::enable_shared_from_this<Connection> {
public:
    Connection(Serving& server, Stream::Socket socket, boost::asio::ssl::context* tls);

    void start();
    // The server stops: what is in the flow is waited for, nothing else.
    void stop();
    // While the server stops: ends it if nothing but a client that does not close is waited for.
    void hurry();
    // From time to time: ends what has had its time.
    void look(std::uint64_t turn);
    // The request that has been enlisted goes into the flow.
    void enter();
    // It is back.
    void answered();

private:
    enum class State : std::uint8_t { greeting, idle, reading, working, writing, leaving };
    using Code = boost::system::error_code;

    void next();
    void read();
    void parse();
    bool head_is_good();
    bool find_route(const std::string& path, bool close);
    void go_on();  // after Expect: 100-continue
    void serve();
    void refuse(unsigned status, std::string_view message, std::string_view more = {}, bool close = true);
    void refuse(const Code& ec);
    void write(std::string response, bool close);
    void written(const Code& ec);
    bool unpack_body();
    bool hold_body();
    void let_body_go();
    void leave();
    bool has_read_all() const;
    void drain();
    void close();
    void due_in(std::chrono::nanoseconds time) { due_ = server_.turn_after(time); }
    Manner manner() const;

    Serving& server_;
    Stream stream_;
    State state_ = State::greeting;
    std::uint64_t due_ = 0;  // the turn that ends what is in progress
    std::optional<Inbound> request_;
    std::vector<char> in_;             // what has been read
    std::size_t begin_ = 0, end_ = 0;  // of it, what has not been parsed
    bool looked_ = false;              // the head has been judged
    std::uint32_t route_ = 0;          // that takes the request
    std::int64_t began_ = 0;           // when its first byte came; 0: nobody asks
    bool close_ = false;               // after the response
    bool closed_ = false;
    std::uint64_t held_ = 0;    // bytes of the server's room for bodies
    const std::string client_;  // its address
    std::string out_;
    Exchange exchange_;
};

}  // namespace flowrun::http
