#pragma once
// A queue in RabbitMQ, over two connections: one that sends, one that takes.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/session.hh"
#include "consumer.hh"
#include "names.hh"
#include "publisher.hh"
#include "server.hh"
#include "window.hh"

namespace flowrun::amqp {

class Session final : public broker::Session {
public:
    struct Settings {
        std::string name;  // the queue's
        bool takes = true;
        bool until_empty = false;  // who takes wants to know when it is empty
        std::size_t prefetch = 0;  // at most so many ahead of what the runner has
        std::uint64_t poison = 0;  // given out so often without a word, a message is dead
    };
    Session(const Server& server, const Settings& settings, broker::Desk& desk);

    void turn(const broker::Stock& stock) override;
    void send(const std::vector<const broker::Request*>& requests) override;
    void fetch(std::size_t most) override;
    void renew(const std::vector<broker::Handle>&) override {}
    void wait_for(std::vector<pollfd>& fds) override;
    void ready(const std::vector<pollfd>&) override {}  // turn() comes next, and reads
    std::int64_t patience() const override;
    bool leases_outlive_it() const override { return false; }

private:
    // One of the queue's own queues; the wait queues by their step.
    struct Where {
        enum class Kind : std::uint8_t { itself, dead, wait };
        Kind kind = Kind::itself;
        const Step* step = nullptr;
    };
    // What is to lie in one of them, until it does.
    struct Post {
        Where where{};
        const broker::Message* message = nullptr;
        std::shared_ptr<const broker::Message> own{};  // unless it is a request's
        bool may_fail = false;                         // else it is tried again
        std::function<void(std::int32_t status, std::string_view text)> done{};
    };
    std::string name_of(Where where) const;
    bool make(Where where);
    std::int64_t ready_at(Where where, const std::string& name);
    void post(Post post);
    void answered(Post post, Outcome outcome, std::string_view text);
    void push(const broker::Request& request);
    void settle(const broker::Request& request);
    Where way_back(std::int64_t due) const;

    void delivered(Delivery&& delivery);
    void pass_on(Where where, broker::Message&& message, std::uint64_t tag);
    void counted(std::uint64_t waiting);
    bool anything_left();
    void show_busy(bool is);
    void widen(const broker::Stock& stock);
    void work();

    const Settings settings_;
    broker::Desk& desk_;
    Publisher publisher_;
    std::optional<Consumer> consumer_;
    std::optional<Clerk> clerk_;  // of the publisher's connection, where nothing is taken
    Window window_;
    std::map<std::string, std::int64_t, std::less<>>
        ready_;                                  // of the queues that are there: from when on they can be relied on
    std::multimap<std::int64_t, Letter> later_;  // letters, by when they are sent
    bool wanted_ = false, counting_ = false;
    std::int64_t next_count_ = 0;
    bool busy_ = false, has_ = false;
    std::int64_t busy_until_ = 0;
    std::uint64_t delivered_then_ = 0;
};

}  // namespace flowrun::amqp
