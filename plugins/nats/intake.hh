#pragma once
// What nats.consume does in its run: one thread takes messages, sends them into the flow and answers for them.
//
// Promises: of a consumer of JetStream each message is acked, given back or given up once, as long as its lease (the consumer's
// ack_wait) holds, which is renewed meanwhile; what is lost comes again. What is heard on a plain subject comes once or, where the
// connection is gone, never. run() returns when it was told to stop, nothing is in the flow any more and the server has noted
// all answers, or is gone.

#include <flowrun/component.hh>

#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "body.hh"
#include "broker/leases.hh"
#include "broker/url.hh"
#include "broker/wake.hh"
#include "connection.hh"
#include "exchange.hh"
#include "pull.hh"

namespace flowrun::nats {

class Intake {
public:
    enum class OnFailure : std::uint8_t { automatic, give_back, give_up };
    struct Settings {
        broker::Url url{};
        std::string stream{}, consumer{};  // of JetStream; else:
        std::string subject{}, group{};
        std::size_t prefetch = 16;
        bool ack_at_once = false;
        OnFailure on_failure = OnFailure::automatic;
        std::int64_t retry_after = 0;
        std::uint64_t deliveries = 20;
        Format format = Format::automatic;
    };

    Intake(sdk::Node node, Settings settings);
    // Throws sdk::Failure where it cannot begin; later it tries again.
    void run(sdk::Call call);
    void wake() { wake_.set(); }  // any thread

private:
    // In the flow, or back from it.
    struct Message {
        Intake& intake;
        std::string reply{};  // where its answer goes
        std::uint64_t deliveries = 0;
        sdk::Status status = sdk::Status::ok;
        sdk::Kept value{};
        std::string error{};
    };
    // One connection, and what goes with it.
    struct Link {
        Link(const Settings& settings);
        Connection connection;
        Exchange exchange{connection};
        std::unique_ptr<Pull> pull;
        bool stopped = false;
    };
    static void done(void* user, std::int32_t status, const flowrun_value* reply, const flowrun_error* error);

    bool of_stream() const { return !settings_.stream.empty(); }
    void connect();
    bool connected();
    void lose(const std::string& why);
    void turn();
    void stop();
    void take(const Msg& msg);
    void hear_flow();
    void answer(std::unique_ptr<Message> message);
    void settle(const std::string& reply, const std::string& how);
    void send_reply(const Message& message, std::string_view code, const Body& body);
    bool gives_back(const Message& message) const;
    void renew();
    bool is_through() const;
    void wait();

    const sdk::Node node_;
    const Settings settings_;
    const std::string server_;
    broker::Wake wake_;
    sdk::Builder builder_;
    const sdk::Call* call_ = nullptr;  // while run() does

    std::unique_ptr<Link> link_;
    std::unique_ptr<broker::Leases> leases_;
    std::set<std::string> held_;  // their reply subjects, of those that are in the flow
    std::int64_t next_renewal_ = 0, next_try_ = 0, pause_ = 0;
    bool stopping_ = false;
    std::size_t in_flow_ = 0, unanswered_ = 0;

    std::mutex mutex_;
    std::vector<std::unique_ptr<Message>> back_;
};

}  // namespace flowrun::nats
