// redis.lock: one at a time, over all processes that ask the same server.

#include <flowrun/component.hh>

#include <sys/random.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "broker/given.hh"
#include "broker/sender.hh"
#include "carrier.hh"
#include "components.hh"
#include "verbs.hh"

namespace flowrun::redis {
namespace {

using namespace sdk;

enum Setting : std::uint32_t { key = 1 };
constexpr std::int64_t millisecond = 1'000'000, second = 1'000 * millisecond;
constexpr std::int64_t shortest_pause = 25 * millisecond, longest_pause = 250 * millisecond;
constexpr std::int64_t patience = 5 * second;  // with one command

// Only its owner's: who has a token that is not there has lost the lock.
constexpr const char* renew_script =
    "if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end return redis.call('pexpire', KEYS[1], ARGV[2])";
constexpr const char* release_script =
    "if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end return redis.call('del', KEYS[1])";

// In the world.
std::string new_token() {
    std::uint64_t parts[2] = {};
    if (getrandom(parts, sizeof parts, 0) != sizeof parts) throw Failure(Status::unavailable, "no random numbers");
    return std::to_string(parts[0]) + "-" + std::to_string(parts[1]);
}

// A message that wants the lock, has it, or gives it back.
class Holding : public std::enable_shared_from_this<Holding> {
public:
    Holding(Node node, broker::Sender& sender, const std::atomic<bool>& stopping, Ticket ticket, Value message,
            std::string key, std::int64_t ttl, std::int64_t wait)
        : node_(node), sender_(sender), stopping_(stopping), ticket_(std::move(ticket)), message_(message.keep()),
          key_(std::move(key)), token_(new_token()), ttl_(ttl), wait_until_(node.now() + wait) {}

    void try_at(std::int64_t when) {
        asked_ = when;
        ask({"SET", key_, token_, "NX", "PX", ttl_text()}, when, when + patience, &Holding::tried, &Holding::refused);
    }

private:
    using Heard = void (Holding::*)(const redisReply&);
    using Failed = void (Holding::*)(const Failure&);
    // Shared, since a command that is under way and the flow both need it, and either may be the last.
    struct Step final : Command {
        std::shared_ptr<Holding> holding;
        Heard then;
        Failed otherwise;
        void hear(const redisReply& reply) override { (*holding.*then)(reply); }
        void failed(const Failure& failure) override { (*holding.*otherwise)(failure); }
    };

    std::string ttl_text() const { return std::to_string(ttl_ / millisecond); }

    void ask(std::vector<std::string> words, std::int64_t when, std::int64_t by, Heard then, Failed otherwise) {
        auto step = std::make_unique<Step>();
        step->holding = shared_from_this();
        step->then = then;
        step->otherwise = otherwise;
        step->words = std::move(words);
        step->not_before = when;
        step->by = by;
        sender_.take(std::move(step));
    }

    // --- until it has the lock ---

    void tried(const redisReply& reply) {
        if (reply.type != REDIS_REPLY_NIL) return begin();
        const std::int64_t now = node_.now();
        if (stopping_) return (void)ticket_.fail(Failure(Status::cancelled, "the run ends"));
        if (now >= wait_until_)
            return (void)ticket_.fail(Failure(Status::unavailable, "the lock '" + key_ + "' is held by somebody else"));
        // Not all at the same time.
        pause_ = std::min(pause_ * 2, longest_pause);
        const std::int64_t some = now % pause_ / 2;
        try_at(std::min(wait_until_, now + pause_ / 2 + some));
    }
    // Whether it was taken nobody knows; then it ends by itself.
    void refused(const Failure& failure) {
        const std::int64_t now = node_.now();
        ask({"EVAL", release_script, "1", key_, token_}, now, now + patience, &Holding::ignore, &Holding::ignore);
        (void)ticket_.fail(failure);
    }
    void ignore(const redisReply&) {}
    void ignore(const Failure&) {}

    // --- while it has it ---

    void begin() {
        keep_until_ = asked_ + ttl_;
        renew_at(node_.now() + ttl_ / 3);
        const Call call = ticket_.call();
        mine_ = shared_from_this();
        const Status sent = call.emit_async(0, message_.get(), nullptr, &Holding::done, this);
        if (!is_error(sent)) return;
        const auto error = call.last_error();
        done(this, static_cast<std::int32_t>(sent), nullptr, error ? &error->raw() : nullptr);
    }
    void renew_at(std::int64_t when) {
        asked_ = when;
        ask({"EVAL", renew_script, "1", key_, token_, ttl_text()}, when, when + patience, &Holding::renewed,
            &Holding::not_renewed);
    }
    void renewed(const redisReply& reply) {
        if (is_over_) return;
        if (reply.integer != 1) return lost("it is not there any more, or somebody else's");
        keep_until_ = asked_ + ttl_;
        renew_at(node_.now() + ttl_ / 3);
    }
    void not_renewed(const Failure& failure) {
        if (is_over_ || failure.code() == Status::cancelled) return;
        if (node_.now() >= keep_until_) return lost(failure.what());
        renew_at(node_.now() + 100 * millisecond);
    }
    void lost(const std::string& why) {
        node_.log(Level::warn, "the lock '" + key_ + "' was lost while the message was under way: " + why);
    }

    // --- after that ---

    static void done(void* user, std::int32_t status, const flowrun_value* reply, const flowrun_error* error) {
        const std::shared_ptr<Holding> mine = std::move(static_cast<Holding*>(user)->mine_);
        mine->is_over_ = true;
        mine->status_ = static_cast<Status>(status);
        if (reply != nullptr) mine->reply_ = Value(mine->node_.values(), reply).keep();
        if (error != nullptr) mine->error_ = Received(mine->node_.values(), *error).copy();
        mine->give_back();
    }
    void give_back() {
        const std::int64_t now = node_.now();
        ask({"EVAL", release_script, "1", key_, token_}, now, now + patience, &Holding::released,
            &Holding::not_released);
    }
    void released(const redisReply&) { complete(); }
    void not_released(const Failure& failure) {
        node_.log(Level::warn, "the lock '" + key_ + "' ends by itself: " + failure.what());
        complete();
    }
    void complete() {
        if (!ticket_) return;
        if (error_) return (void)ticket_.fail(*error_);
        const Value reply = reply_.get();
        (void)ticket_.complete(status_, reply ? reply : message_.get());
    }

    const Node node_;
    broker::Sender& sender_;
    const std::atomic<bool>& stopping_;
    Ticket ticket_;
    const Kept message_;
    const std::string key_, token_;
    const std::int64_t ttl_, wait_until_;

    // These are the sender's thread's.
    std::int64_t asked_ = 0, keep_until_ = 0, pause_ = shortest_pause;
    std::shared_ptr<Holding> mine_;  // while the message is in the flow
    std::atomic<bool> is_over_ = false;
    Status status_ = Status::ok;
    Kept reply_{};
    std::optional<Failure> error_;
};

class Lock {
public:
    static constexpr Description description = {
        .id = "redis.lock",
        .summary = "Sends each message on while it holds a lock in Redis",
        .doc =
            "The lock is a key with a token of its own and a ttl. It is renewed while the message is under way, and "
            "given "
            "back when all behind sync edges is done, by its owner only; where an async edge leads away when its queue "
            "has the message. One that cannot be had within wait fails (unavailable), as one does whose server is not "
            "there. It keeps others out as long as its owner renews it in time: who stands still for longer than the "
            "ttl, or "
            "whose server loses it, goes on beside another; that is logged (warn) where it is noticed. It is not "
            "fenced: what "
            "must never be done twice has to check for itself.",
        .settings = R"json({"type": "object", "required": ["url", "key"], "properties": {
        "url": {"type": "string", "x-secret": true, "minLength": 1,
                "description": "The server: redis://user:password@host:6379/database"},
        "key": {"type": "string", "x-message": true, "minLength": 1, "description": "The lock's key"},
        "ttl": {"x-duration": true, "default": "30s", "minimum": 100000000, "description": "After so long it is free again where its owner is dead"},
        "wait": {"x-duration": true, "default": "0s", "minimum": 0, "description": "How long to wait for it where somebody else has it"}}})json",
        .ports = R"({"in": {"in": "Messages"}, "out": {"out": "The same, while the lock is held"}})",
        .flags = FLOWRUN_REENTRANT | FLOWRUN_COOPERATIVE};

    Lock(Node node, Value settings) : Lock(node, settings, broker::url_in(settings, url_of)) {}

    static std::optional<Mistake> check(const flowrun_host*, Value settings) {
        return broker::mistake_in_url(settings, url_of);
    }

    Status handle(Call call, std::uint32_t, Value message) {
        try {
            std::string name = broker::given_text(call, key);
            Ticket ticket = call.pend();
            if (!ticket) throw Failure(Status::internal, "no lock can be held from here");
            const auto holding = std::make_shared<Holding>(node_, sender_, stopping_, std::move(ticket), message,
                                                           std::move(name), ttl_, wait_);
            holding->try_at(node_.now());
            return Status::pending;
        } catch (const broker::Unset&) { return call.setting_status(); }
    }

    // What is held is given back all the same.
    void stop() { stopping_ = true; }

private:
    Lock(Node node, Value settings, const broker::Url& url)
        : node_(node), ttl_(settings["ttl"].integer().value_or(30 * second)),
          wait_(settings["wait"].integer().value_or(0)),
          sender_(node, url.server(default_port),
                  [url](broker::Office& office) { return std::make_unique<Carrier>(url, office); }) {}

    const Node node_;
    const std::int64_t ttl_, wait_;
    std::atomic<bool> stopping_ = false;
    broker::Sender sender_;
};

}  // namespace

constinit const flowrun_component lock_component = sdk::component<Lock>();

}  // namespace flowrun::redis
