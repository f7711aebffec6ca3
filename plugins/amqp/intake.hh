#pragma once
// What amqp.consume does in its run: one thread takes messages, sends them into the flow and answers for them.
//
// Promises: a message is acked, requeued or rejected once, by the connection that brought it; one whose connection is gone comes
// again by itself. run() returns when it was told to stop, nothing is in the flow any more and the server has noted all answers,
// or is gone.

#include <flowrun/component.hh>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "body.hh"
#include "broker/wake.hh"
#include "consumer.hh"
#include "publisher.hh"
#include "server.hh"

namespace flowrun::amqp {

class Intake {
public:
    enum class OnFailure : std::uint8_t { automatic, requeue, reject };
    struct Settings {
        Server server{};
        std::string queue{};
        std::size_t prefetch = 16;
        bool ack_at_once = false;
        OnFailure on_failure = OnFailure::automatic;
        std::int64_t requeue_after = 0;
        std::uint64_t deliveries = 20;
        Format format = Format::automatic;
    };

    Intake(sdk::Node node, Settings settings);
    // Throws sdk::Failure where the queue cannot be had in the beginning; later it tries again.
    void run(sdk::Call call);
    void wake() { wake_.set(); }  // any thread

private:
    // In the flow, or back from it.
    struct Message {
        Intake& intake;
        std::uint64_t connection = 0, tag = 0, deliveries = 0;
        std::string reply_to{}, correlation{};
        sdk::Status status = sdk::Status::ok;
        sdk::Kept reply{};
        std::string error{};
    };
    static void done(void* user, std::int32_t status, const flowrun_value* reply, const flowrun_error* error);

    void connect();
    bool connected();
    void lose(const std::string& why);
    void turn();
    void take(Delivery&& delivery);
    void hear();
    void answer(std::unique_ptr<Message> message);
    void refuse(std::unique_ptr<Message> message);
    void send_reply(std::unique_ptr<Message> message, Body body, std::string_view error, bool rejects);
    bool requeues(const Message& message) const;
    void give_back_in_time();
    bool is_through() const;
    void wait();

    const sdk::Node node_;
    const Settings settings_;
    broker::Wake wake_;
    sdk::Builder builder_;
    const sdk::Call* call_ = nullptr;  // while run() does

    std::unique_ptr<Consumer> consumer_;
    std::unique_ptr<Publisher> publisher_;  // of replies
    std::uint64_t connection_ = 0;          // the how manieth
    std::int64_t next_try_ = 0, pause_ = 0;
    bool stopping_ = false;
    std::size_t in_flow_ = 0, unanswered_ = 0;
    std::multimap<std::int64_t, std::uint64_t> held_;  // tags that are requeued then

    std::mutex mutex_;
    std::vector<std::unique_ptr<Message>> back_;
};

}  // namespace flowrun::amqp
