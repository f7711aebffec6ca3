#pragma once
// One connection to a NATS server, driven by the thread that has it: libnats reads and writes only when it is told to, and has
// no thread of its own for it. What is published goes out with the next flush(); what is subscribed to is taken with next().

#include <nats/nats.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "broker/url.hh"
#include "broker/wake.hh"

namespace flowrun::nats {

struct FreeMessage {
    void operator()(natsMsg* message) const { natsMsg_Destroy(message); }
};
using Msg = std::unique_ptr<natsMsg, FreeMessage>;

std::string_view body_of(const Msg& msg);
std::string_view subject_of(const Msg& msg);
std::string_view reply_of(const Msg& msg);
// Empty where it has none. "Status" is that of a message by which the server says something itself.
std::string_view header_of(const Msg& msg, const char* name);

class Connection {
public:
    // Throws broker::Lost where there is no server, sdk::QueueError where it refuses who connects.
    // Answers by_thread: one of libnats brings them, and answered() tells; then that nobody hears a subject is an answer as well
    // (natsMsg_IsNoResponders), by which it can be known which request it was. Else it is broker::Lost.
    enum class Answers : std::uint8_t { directly, by_thread };
    explicit Connection(const broker::Url& url, Answers how = Answers::directly);

    // Subjects that nobody else uses, below which everything reaches this connection: answers(…) and pulls(…).
    std::string answers(std::uint64_t number) const { return inbox_ + ".a." + std::to_string(number); }
    std::string pulls(std::uint64_t number) const { return inbox_ + ".p." + std::to_string(number); }

    // Throws broker::Lost.
    void publish(const std::string& subject, const std::string& reply, std::string_view body);
    // False: it is larger than the server takes.
    bool publish(const Msg& msg);
    // To the socket, as much as it takes.
    void flush();
    // What has come by now.
    void read();
    // The next of what was read, if any. Answers come by their own number.
    Msg next_pulled() { return next(pulled_.get()); }
    Msg next_answer();
    int answered() const { return brought_->wake.descriptor(); }  // readable: there may be one, by_thread
    // What is sent to a subject comes by next_pulled() from now on, not what is pulled.
    void listen(const std::string& subject, const std::string& group);
    // Some of what was heard was thrown away, since nobody took it; asked once.
    bool dropped() { return std::exchange(dropped_, false); }
    // Nothing is pulled or heard any more. What the server has sent by now, and was not read, is lost here.
    void stop_pulling() { pulled_.reset(); }
    // An answer's number; of another subject 0.
    std::uint64_t number_of(const Msg& msg) const;

    // Waits for the answer, some seconds at most. Only where no other answer is waited for. Throws broker::Lost.
    Msg ask(const std::string& subject, std::string_view body);
    // The same of what was published with answers(number) as its reply subject.
    Msg answer(std::uint64_t number);

    int descriptor() const { return descriptor_; }
    bool wants_to_write() const { return wants_to_write_; }
    std::size_t largest() const;  // of a message, its headers too

    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection() = default;

private:
    struct Free {
        void operator()(natsConnection* connection) const { natsConnection_Destroy(connection); }
        void operator()(natsSubscription* subscription) const { natsSubscription_Destroy(subscription); }
    };
    void check(natsStatus status) const;
    [[noreturn]] void lost(natsStatus status) const;
    void connect(const broker::Url& url);
    std::unique_ptr<natsSubscription, Free> subscribe(const std::string& subject);
    Msg next(natsSubscription* subscription);
    bool wait();

    // By libnats's thread, which may be at it when the connection is gone.
    struct Brought {
        std::mutex mutex;
        std::deque<Msg> messages;
        broker::Wake wake;
    };

    const Answers how_;
    const std::shared_ptr<Brought> brought_ = std::make_shared<Brought>();
    int descriptor_ = -1;  // these two are set by libnats
    bool wants_to_write_ = false, dropped_ = false;
    std::string inbox_;
    std::uint64_t last_asked_ = 0;
    std::unique_ptr<natsSubscription, Free> answers_, pulled_;
    // Gone before they are: with what they would still send it would wait half a second for an answer that it cannot read.
    std::unique_ptr<natsConnection, Free> connection_;
};

inline constexpr std::uint16_t default_port = 4222;

// `tls=on` in its query.
bool is_secure(const broker::Url& url);

}  // namespace flowrun::nats
