#pragma once
// One connection to a Redis server. Commands go out many at a time; their replies are read in the same order.

#include <hiredis/hiredis.h>

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "broker/url.hh"

namespace flowrun::redis {

struct FreeReply {
    void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using Reply = std::unique_ptr<redisReply, FreeReply>;

inline std::string_view text_of(const redisReply& reply) {
    return reply.str == nullptr ? std::string_view() : std::string_view(reply.str, static_cast<std::size_t>(reply.len));
}
inline bool is_list(const redisReply& reply) { return reply.type == REDIS_REPLY_ARRAY; }
inline bool is_error(const redisReply& reply) { return reply.type == REDIS_REPLY_ERROR; }

class Connection {
public:
    // Throws broker::Lost where there is no server, sdk::QueueError where it refuses user, password or database.
    explicit Connection(const broker::Url& url);

    using Words = std::vector<std::string_view>;
    // To be sent with the next read(). Throws broker::Lost.
    void add(const Words& words);
    void flush();
    // The reply to the oldest command that has none; waits for it some seconds at most. Throws broker::Lost.
    Reply read();
    // The same, of which an error is thrown: see throw_error().
    Reply read_good();
    Reply run(const Words& words);
    // Without waiting: reads what has come, where descriptor() is readable; the next reply of that, empty where there is none.
    void read_some();
    Reply next();
    int descriptor() const { return context_->fd; }

private:
    struct Free {
        void operator()(redisContext* context) const { redisFree(context); }
    };
    [[noreturn]] void lost() const;

    std::unique_ptr<redisContext, Free> context_;
};

// Of an error reply: trying again may help.
bool is_passing(std::string_view text);
// What an error reply means: throws broker::Lost where trying again may help (it loads its data, is a replica, is out of
// memory or disk), sdk::QueueError (INVALID or UNAVAILABLE) else.
[[noreturn]] void throw_error(std::string_view text);

inline constexpr std::uint16_t default_port = 6379;

}  // namespace flowrun::redis
