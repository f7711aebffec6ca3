#pragma once
// A queue on a server, opened by this process: what all backends have in common. One thread has the connection
// (broker/session.hh) and makes another when it is lost; the runner's threads only put requests down and take what has been
// fetched.
//
// Promises, as long as the session keeps its own: a push is answered OK once the server holds it; one that had no answer when
// the connection was lost is sent again, so that it may be there twice; what was fetched and not taken goes back when nothing
// more is taken, and all that is out when it is closed; nothing is told before the first push or take. Not promised: an end of close() before five seconds where the server
// does not answer.

#include <flowrun/cxx/queue.hh>

#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "appetite.hh"
#include "backoff.hh"
#include "message.hh"
#include "session.hh"
#include "wake.hh"

namespace flowrun::broker {

class Queue final : private Desk {
public:
    struct Settings {
        std::string server;           // as messages name it
        std::size_t prefetch = 1024;  // at most so many are fetched and not yet taken
        std::size_t largest =
            std::numeric_limits<std::size_t>::max();  // of a message, with all that goes beside its body
        std::int64_t lease = 0;                 // of which a third passes between two renewals; 0: nothing is renewed
        std::function<std::string()> notice{};  // what an operator should know from the beginning; empty: nothing
    };
    // Throws Lost and sdk::QueueError; the first time on the opener's thread, before the queue is used.
    using Connect = std::function<std::unique_ptr<Session>(Desk&)>;

    // Throws sdk::QueueError: UNAVAILABLE where the server cannot be reached. One that is there and not ready is waited for.
    Queue(const sdk::QueueOpening& opening, Settings settings, Connect connect);
    ~Queue();
    Queue(const Queue&) = delete;
    Queue& operator=(const Queue&) = delete;

    std::int32_t push(const flowrun_queue_item& item, std::uint64_t push);
    std::uint32_t take(std::uint32_t most, flowrun_item_fn give, void* user);
    void ack(std::uint64_t lease) { answer(Request::Kind::ack, lease, 0, nullptr, {}); }
    void nack(std::uint64_t lease, std::int64_t delay, std::uint32_t attempts, std::string_view error) {
        answer(Request::Kind::nack, lease, delay, &attempts, error);
    }
    void reject(std::uint64_t lease, std::uint32_t attempts, std::string_view error) {
        answer(Request::Kind::reject, lease, 0, &attempts, error);
    }
    // It waits in this process, which renews all leases it has. Should the process die, the attempt is forgotten.
    void extend(std::uint64_t lease, std::int64_t delay, std::uint32_t attempts, std::string_view error);
    void depth(flowrun_queue_depth& out);  // what is out of it here; the rest only the server knows
    void drain();

private:
    struct Held {
        Message message;
        Handle handle;
        bool again = false, stale = false;  // stale: the connection by which it came is gone, and its lease with it
    };

    // --- the session's, on its thread ---
    void pushed(std::uint64_t name, std::int32_t status, std::string_view text) override;
    void settled(std::uint64_t lease, std::int32_t status, std::string_view text) override;
    void deliver(Message&& message, Handle&& handle, bool again) override;
    void idle() override;
    void buried(std::uint64_t messages) override;
    void notice(std::string_view text) override;
    std::int64_t now() const override { return host_.now(); }
    std::int64_t wall() const override { return host_.wall(); }

    // --- on its thread ---
    void work();
    void tell_notice();
    bool turn();
    bool connected();
    void goes_well();
    void send_new();
    void send_all();
    void send(const std::vector<const Request*>& requests);
    Stock stock();
    std::size_t appetite();
    void renew_in_time();
    bool holds_any();
    bool is_broken();
    void wait();
    void lose(const std::string& why);
    void fail_all(std::int32_t status, const std::string& why);
    void give_back_fetched();
    void give_back_all();
    void end();

    void answer(Request::Kind kind, std::uint64_t lease, std::int64_t delay, const std::uint32_t* attempts,
                std::string_view error);
    void ask(Request request, std::unique_lock<std::mutex>& lock);
    std::int64_t due_after(std::int64_t delay) const;
    void start();

    const flowrun_host& host_;
    const flowrun_queue_listener listener_;
    void* const user_;
    const bool only_pushed_;
    const Settings settings_;
    const Connect connect_;
    Wake wake_;

    // --- its thread's, and the constructor's ---
    std::unique_ptr<Session> session_;
    std::map<std::uint64_t, Request> pushes_;             // sent, and not answered; by name
    std::unordered_map<std::uint64_t, Request> answers_;  // by lease
    std::vector<pollfd> fds_;
    std::int64_t next_renewal_ = 0, end_by_ = 0;
    Backoff backoff_;
    bool delivered_ = false, asks_ = false;  // asks_: there is room for more than has been fetched
    std::string lost_why_;                   // as was told; empty: it is connected

    std::mutex mutex_;  // the rest
    std::vector<Request> asked_;
    std::deque<std::pair<std::uint64_t, Held>> fetched_;  // and not yet taken; by lease
    std::unordered_map<std::uint64_t, Held> out_;
    std::uint64_t last_lease_ = 0;
    Appetite appetite_;
    // Something was taken, or tried to be: who only puts messages there keeps none from others.
    bool asked_for_ = false;
    bool hungry_ = false;  // more was taken than was fetched since
    bool asleep_ = false, takes_, closing_ = false, broken_ = false;
    std::int32_t broken_status_ = 0;
    std::string broken_why_;

    std::thread thread_;  // begun with the first push or take
};

}  // namespace flowrun::broker
