#include "connection.hh"

#include <algorithm>
#include <cstring>

#include <boost/beast/http/error.hpp>

#include "access_line.hh"
#include "response.hh"
#include "target.hh"
#include "text.hh"

namespace flowrun::http {

namespace asio = boost::asio;
namespace beast = boost::beast;

namespace {

constexpr std::size_t block = std::size_t{8} << 10;
constexpr std::chrono::seconds farewell{2};  // for a client to read its last response
constexpr std::string_view go_ahead = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

Connection::Connection(Serving& server, Stream::Socket socket, asio::ssl::context* tls)
    : server_(server), stream_(std::move(socket), tls), in_(block), client_(stream_.client()),
      exchange_(server, *this) {}

void Connection::start() {
    due_in(server_.settings().timeout);
    if (!stream_.secure()) return next();
    stream_.shake_hands([self = shared_from_this()](const Code& ec) { ec ? self->close() : self->next(); });
}

void Connection::next() {
    if (closed_) return;
    request_.emplace(server_.settings().most_header, server_.settings().most_body);
    looked_ = false;
    state_ = State::idle;
    due_in(server_.settings().idle);
    if (begin_ != end_) return parse();
    if (server_.stopping()) return leave();
    read();
}

void Connection::read() {
    if (begin_ == end_) begin_ = end_ = 0;
    if (end_ == in_.size()) {
        if (begin_ != 0) {
            std::memmove(in_.data(), in_.data() + begin_, end_ - begin_);
            end_ -= begin_;
            begin_ = 0;
        } else {
            // The parser wants more of a line at once than there is room for.
            if (in_.size() >= server_.settings().most_header + block) {
                return refuse(beast::http::make_error_code(beast::http::error::header_limit));
            }
            in_.resize(in_.size() * 2);
        }
    }
    stream_.read_some(asio::buffer(in_.data() + end_, in_.size() - end_),
                      [self = shared_from_this()](const Code& ec, std::size_t size) {
                          if (self->closed_ || (self->state_ != State::idle && self->state_ != State::reading)) return;
                          if (ec == asio::error::eof && self->state_ == State::reading) {
                              return self->refuse(400, "the request ended in its middle");
                          }
                          if (ec) return self->close();
                          self->end_ += size;
                          self->parse();
                      });
}

void Connection::parse() {
    // A line end before a request is nothing (RFC 9112, 2.2).
    while (state_ == State::idle && begin_ != end_ && (in_[begin_] == '\r' || in_[begin_] == '\n')) ++begin_;
    if (begin_ == end_) return read();
    if (state_ == State::idle) {
        state_ = State::reading;
        if (server_.settings().access_log) began_ = server_.now();
        due_in(server_.settings().timeout);
    }
    while (!request_->is_done() && begin_ != end_) {
        beast::error_code ec;
        const std::size_t used = request_->put(asio::const_buffer(in_.data() + begin_, end_ - begin_), ec);
        begin_ += used;
        if (ec && ec != beast::http::error::need_more) return refuse(ec);
        if (!hold_body()) return;
        if (ec || used == 0) break;
    }
    if (request_->is_header_done() && !std::exchange(looked_, true)) {
        if (!head_is_good()) return;
        if (!request_->is_done() && same(request_->field("expect"), "100-continue")) return go_on();
    }
    request_->is_done() ? serve() : read();
}

Manner Connection::manner() const {
    Manner manner;
    manner.close = close_;
    if (!request_->is_header_done()) return manner;
    manner.head = request_->method() == "HEAD";
    manner.keep_alive = request_->version() == 10;
    return manner;
}

// False: it has been refused.
bool Connection::head_is_good() {
    const ServerSettings& settings = server_.settings();
    close_ = !request_->keep_alive() || server_.stopping();
    if (request_->coded()) return refuse(501, "a transfer coding other than chunked is not understood"), false;
    if (request_->version() == 11 && !request_->has("host")) return refuse(400, "the Host header is missing"), false;
    const auto target = target_of(request_->target());
    if (!target) return refuse(400, "the target is not a path"), false;
    if (has_dot_segments(target->path)) return refuse(400, "the path holds . or .. as a part"), false;
    // The connection can stay when nothing of the request is left to come.
    const bool close = close_ || !request_->is_done();
    if (settings.admission.any() && !settings.admission.admits(request_->field("authorization"))) {
        return refuse(401, "who asks is not known here", settings.admission.challenge(), close), false;
    }
    const bool has_body = !request_->is_done() || !request_->body().empty();
    if (has_body && !codings_of(request_->field("content-encoding"))) {
        const std::string known = "Accept-Encoding: " + std::string(known_codings) + "\r\n";
        return refuse(415, "the body's Content-Encoding is not understood", known, close), false;
    }
    const std::string_view type = request_->field("content-type");
    if (has_body && settings.format == Format::form && !type.empty() && !is_form_type(type)) {
        return refuse(415, "the body's Content-Type is not application/x-www-form-urlencoded", {}, close), false;
    }
    return find_route(target->path, close);
}

// False: there is none, and the request has been refused.
bool Connection::find_route(const std::string& path, bool close) {
    const std::string& method = request_->method();
    const Choice choice = choose(server_.settings().routes, method, path);
    if (choice.route) {
        route_ = *choice.route;
        return true;
    }
    if (!choice.known) return refuse(404, "there is nothing at this path", {}, close), false;
    const std::string allow = choice.allowed.empty() ? std::string() : "Allow: " + choice.allowed + "\r\n";
    return refuse(405, "the method " + method + " is not served here", allow, close), false;
}

void Connection::go_on() {
    stream_.write(asio::buffer(go_ahead), [self = shared_from_this()](const Code& ec, std::size_t) {
        if (self->closed_ || self->state_ != State::reading) return;
        ec ? self->close() : self->read();
    });
}

// False: it has been refused.
bool Connection::unpack_body() {
    switch (request_->decode(server_.settings().most_body)) {
        case Undecoded::none: return hold_body();
        case Undecoded::too_large: refuse(413, "the body is larger than the server takes", {}, close_); break;
        case Undecoded::cut:
        case Undecoded::damaged: refuse(400, "the body is not what its Content-Encoding says", {}, close_); break;
    }
    return false;
}

// False: there is no room for it, and the request has been refused.
bool Connection::hold_body() {
    const std::uint64_t size = request_->body().capacity();
    if (size <= held_) return true;
    if (server_.hold(size - held_)) {
        held_ = size;
        return true;
    }
    refuse(503, "the server holds as much of requests as it may", "Retry-After: 1\r\n");
    return false;
}

void Connection::let_body_go() {
    if (request_) request_->drop_body();
    server_.let_go(std::exchange(held_, 0));
}

void Connection::serve() {
    const Signature& signature = server_.settings().routes[route_].signature;
    if (signature.any() && !signature.fits(request_->field(signature.header), request_->body())) {
        return refuse(401, "the body is not signed as it must be", {}, close_);
    }
    if (!unpack_body()) return;
    state_ = State::working;
    due_in(server_.settings().timeout);
    server_.enlist(shared_from_this());
}

void Connection::enter() {
    if (closed_ || state_ != State::working) return;
    if (server_.stopping()) return refuse(503, "the server is stopping", "Retry-After: 1\r\n");
    if (server_.full()) return refuse(503, "the server is busy", "Retry-After: 1\r\n", close_);
    exchange_.begin(shared_from_this(), manner(), server_.settings().routes[route_].accepts_only);
    try {
        const sdk::Status status = server_.send(*request_, client_, route_, exchange_);
        // The room is the message's now, until it is answered.
        if (!is_error(status)) return request_->drop_body();
        exchange_.cancel();
        refuse(503, "the server is stopping", "Retry-After: 1\r\n");
    } catch (const sdk::Failure& failure) {
        exchange_.cancel();
        refuse(400, failure.what(), {}, close_);
    }
}

void Connection::answered() {
    if (closed_ || state_ != State::working || !exchange_.in_time()) return;
    write(std::move(exchange_.response()), close_);
}

void Connection::refuse(const Code& ec) {
    using beast::http::error;
    if (ec == error::header_limit) return refuse(431, "the header is too large");
    if (ec == error::body_limit) return refuse(413, "the body is larger than the server takes");
    if (ec == error::bad_version) return refuse(505, "the version of HTTP is not served here");
    refuse(400, "the request is malformed: " + ec.message());
}

void Connection::refuse(unsigned status, std::string_view message, std::string_view more, bool close) {
    close_ = close;
    write(refusal(status, message, more, manner()), close);
}

void Connection::write(std::string response, bool close) {
    close_ = close || server_.stopping();
    state_ = State::writing;
    let_body_go();
    out_ = std::move(response);
    if (server_.settings().access_log) {
        server_.say(sdk::Level::info, access_line(client_, request_->method(), server_.masked(request_->target()), out_,
                                                  server_.now() - began_));
    }
    // It may have been made before the server was told to stop.
    if (close_) say_close(out_);
    due_in(server_.settings().timeout);
    stream_.write(asio::buffer(out_), [self = shared_from_this()](const Code& ec, std::size_t) { self->written(ec); });
}

void Connection::written(const Code& ec) {
    if (closed_) return;
    if (ec) return close();
    close_ ? leave() : next();
}

// The client is to read its response before it hears of the end: closing while it still sends would throw that away.
void Connection::leave() {
    state_ = State::leaving;
    due_in(farewell);
    if (!stream_.secure()) {
        stream_.end_sending();
        return server_.stopping() && has_read_all() ? close() : drain();
    }
    if (server_.stopping()) due_in({});
    stream_.take_leave([self = shared_from_this()](const Code&) {
        if (self->closed_) return;
        self->stream_.end_sending();
        self->drain();
    });
}

// Nothing of the client's is left: closing does not take the response away from it, and the kernel delivers that.
bool Connection::has_read_all() const { return request_->is_done() && begin_ == end_ && stream_.unread() == 0; }

void Connection::drain() {
    stream_.read_raw(asio::buffer(in_), [self = shared_from_this()](const Code& ec, std::size_t) {
        if (self->closed_) return;
        ec ? self->close() : self->drain();
    });
}

void Connection::close() {
    if (std::exchange(closed_, true)) return;
    stream_.close();
    let_body_go();
    server_.leave(shared_from_this());
}

void Connection::stop() {
    close_ = true;
    if (state_ == State::idle || state_ == State::greeting) return close();
    if (state_ == State::reading) return refuse(503, "the server is stopping", "Retry-After: 1\r\n");
    if (state_ == State::leaving && !stream_.secure() && has_read_all()) return close();
    if (state_ == State::leaving && stream_.secure()) due_in({});
}

void Connection::hurry() {
    if (state_ == State::leaving && stream_.delivered()) close();
}

void Connection::look(std::uint64_t turn) {
    if (turn < due_) return;
    switch (state_) {
        case State::reading: return refuse(408, "the request took too long to arrive");
        case State::working:
            if (exchange_.give_up()) refuse(504, "the flow took too long to answer");
            return;
        default: return close();
    }
}

}  // namespace flowrun::http
