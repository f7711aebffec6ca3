#pragma once
// A source that reads what is on a server: what all backends have in common. One thread, that of run(), has the connection
// (broker/feed.hh) and makes another when it is lost; it sends what comes into the flow, and answers for it.
//
// Promises: unless it is acked at once a message is answered for when all that came of it is dealt with, behind async edges too
// (flowrun/ext/delivered.h). A message is acked, requeued or rejected once, by a connection that can; where none can, or its lease is over, it
// comes again by itself. A failure of a message that is not tried again is told to who waits for its reply. run() returns when it
// was told to stop, nothing is in the flow any more and the server has noted all answers, or is gone.

#include <flowrun/component.hh>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_set>
#include <vector>

#include "backoff.hh"
#include "feed.hh"
#include "wake.hh"

namespace flowrun::broker {

class Source final : private Intake {
public:
    enum class OnFailure : std::uint8_t { automatic, requeue, reject };
    struct Settings {
        std::string server;  // as messages name it
        std::size_t prefetch = 16;
        bool ack_at_once = false;
        OnFailure on_failure = OnFailure::automatic;
        std::int64_t requeue_after = 0;
        std::uint64_t deliveries = 20;
    };
    // Of the settings prefetch, ack, on_failure, requeue_after, deliveries; those that are not there stay as they are above.
    static Settings settings_in(sdk::Value settings, std::string server);

    // Throws Lost and sdk::QueueError.
    using Connect = std::function<std::unique_ptr<Feed>(Intake&)>;

    Source(sdk::Node node, Settings settings, Connect connect);
    // Throws sdk::Failure where it cannot begin; later it tries again.
    sdk::Status run(sdk::Call call);
    void stop() { wake_.set(); }  // any thread

private:
    // In the flow, or back from it.
    struct Message {
        Source& source;
        Arrival arrival;
        std::uint64_t connection = 0;
        std::int64_t lease_until = Feed::never;
        bool settled = false;  // nothing is to be answered to the server
        sdk::Status status = sdk::Status::ok;
        sdk::Kept reply{};
        std::string error{};
    };
    struct Replying {
        std::unique_ptr<Message> message;
        Reply reply;
        Answer then;
    };
    static void done(void* user, std::int32_t status, const flowrun_value* reply, const flowrun_error* error);

    // --- the feed's ---
    void take(Arrival&& arrival, std::string_view body, const std::function<void(sdk::Build&)>& build) override;
    void replied(std::uint64_t name) override;
    const sdk::Node& node() const override { return node_; }

    void connect();
    bool connected();
    void lose(const std::string& why);
    void turn();
    void send_on(std::unique_ptr<Message> message, sdk::Value value);
    void hear();
    void answer(std::unique_ptr<Message> message);
    void send_reply(std::unique_ptr<Message> message);
    void settle(const Message& message, Answer answer);
    bool requeues(const Message& message) const;
    void renew_in_time();
    bool is_through() const;
    void wait();

    const sdk::Node node_;
    const sdk::Delivered delivered_{node_};
    const Settings settings_;
    const Connect connect_;
    Wake wake_;
    sdk::Builder builder_;
    const sdk::Call* call_ = nullptr;  // while run() does

    std::unique_ptr<Feed> feed_;
    std::uint64_t connection_ = 0, arrived_ = 0;  // the how manieth, and what has come by it
    Backoff backoff_;
    std::int64_t next_renewal_ = 0;
    bool stopping_ = false, outlives_ = false;  // outlives_: of leases, as the last feed had it
    std::size_t in_flow_ = 0;
    std::deque<std::unique_ptr<Message>> heard_;  // back, and not answered yet
    std::unordered_set<Message*> leased_;         // of those in the flow, which have a lease
    std::map<std::uint64_t, Replying> replying_;
    std::uint64_t last_reply_ = 0;

    std::mutex mutex_;
    std::vector<std::unique_ptr<Message>> back_;
};

}  // namespace flowrun::broker
