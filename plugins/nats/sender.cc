#include "sender.hh"

#include <flowrun/cxx/queue.hh>

#include <poll.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "broker/session.hh"

namespace flowrun::nats {
namespace {

using sdk::Failure;
using sdk::Status;

constexpr std::int64_t millisecond = 1'000'000, second = 1'000 * millisecond;
constexpr std::int64_t longest_pause = 5 * second;

}  // namespace

Sender::Sender(sdk::Node node, broker::Url url)
    : node_(node), url_(std::move(url)), server_(url_.server(default_port)), thread_([this] { work(); }) {}

Sender::~Sender() {
    {
        const std::scoped_lock lock(mutex_);
        ending_ = true;
    }
    wake_.set();
    thread_.join();
}

void Sender::take(std::unique_ptr<Errand> errand) {
    {
        const std::scoped_lock lock(mutex_);
        new_.push_back(std::move(errand));
        if (new_.size() != 1) return;
    }
    wake_.set();
}

void Sender::stop() {
    {
        const std::scoped_lock lock(mutex_);
        stopped_ = true;
    }
    wake_.set();
}

void Sender::work() {
    for (bool ends = false; !ends;) {
        bool stopped = false;
        {
            const std::scoped_lock lock(mutex_);
            ends = ending_;
            stopped = stopped_ || ending_;
            for (std::unique_ptr<Errand>& one : new_) unsent_.push_back(std::move(one));
            new_.clear();
        }
        if (stopped) fail_all(Status::cancelled, "the run ends");
        if (ends) break;
        try {
            turn();
            wait();
            continue;
        } catch (const broker::Lost& lost) {
            fail_all(Status::unavailable, lost.text);
        } catch (const sdk::QueueError& error) {
            fail_all(Status::unavailable, error.text);
        } catch (const std::exception& error) { fail_all(Status::internal, error.what()); }
        connection_.reset();
    }
    connection_.reset();
}

void Sender::turn() {
    expire();
    if (!connected()) return;
    for (std::unique_ptr<Errand>& one : std::exchange(unsent_, {})) send(std::move(one));
    connection_->flush();
    hear();
}

// A connection is made when there is something to send.
bool Sender::connected() {
    if (connection_) return true;
    if (unsent_.empty() || node_.now() < next_try_) return false;
    pause_ = std::clamp(pause_ * 2, 50 * millisecond, longest_pause);
    next_try_ = node_.now() + pause_;
    connection_ = std::make_unique<Connection>(url_, Connection::Answers::by_thread);
    pause_ = 0;
    return true;
}

void Sender::send(std::unique_ptr<Errand> errand) {
    const std::uint64_t number = ++last_;
    const std::string reply = connection_->answers(number);
    try {
        if (!connection_->publish(errand->letter(errand->echoes ? std::string() : reply)))
            throw Failure(Status::invalid, server_ + ": it is larger than the server takes (max_payload)");
    } catch (const Failure& failure) { return errand->failed(failure); }
    if (errand->echoes) connection_->publish(reply, {}, {});
    const auto by = by_.emplace(errand->by, number);
    held_.emplace(number, Held{std::move(errand), node_.now(), by});
}

void Sender::hear() {
    while (const Msg msg = connection_->next_answer()) {
        heard_ = node_.now();
        const auto held = held_.find(connection_->number_of(msg));
        if (held == held_.end()) {
            node_.log(sdk::Level::info, "an answer came too late");
            continue;
        }
        const std::unique_ptr<Errand> errand = std::move(held->second.errand);
        by_.erase(held->second.by);
        held_.erase(held);
        if (natsMsg_IsNoResponders(msg.get()))
            errand->failed(Failure(Status::unavailable, server_ + ": nobody takes what is sent to this subject"));
        else errand->answered(msg);
    }
}

// A server of which nothing was heard since is taken for dead.
void Sender::expire() {
    const std::int64_t now = node_.now();
    std::erase_if(unsent_, [&](const std::unique_ptr<Errand>& one) {
        if (one->by > now) return false;
        one->failed(Failure(Status::timeout, server_ + ": there was no connection in time"));
        return true;
    });
    while (!by_.empty() && by_.begin()->first <= now) {
        const auto held = held_.extract(by_.begin()->second);
        by_.erase(by_.begin());
        held.mapped().errand->failed(Failure(Status::timeout, server_ + ": no answer has come in time"));
        if (heard_ < held.mapped().since) throw broker::Lost{"the server does not answer"};
    }
}

void Sender::fail_all(Status status, const std::string& why) {
    const Failure failure(status, server_ + ": " + why);
    by_.clear();
    for (const auto& [number, held] : std::exchange(held_, {})) held.errand->failed(failure);
    for (const std::unique_ptr<Errand>& one : std::exchange(unsent_, {})) one->failed(failure);
}

void Sender::wait() {
    pollfd fds[3] = {{wake_.descriptor(), POLLIN, 0}, {-1, 0, 0}, {-1, 0, 0}};
    std::int64_t until = node_.now() + 60 * second;
    if (connection_) {
        fds[1] = {connection_->descriptor(), static_cast<short>(POLLIN | (connection_->wants_to_write() ? POLLOUT : 0)),
                  0};
        fds[2] = {connection_->answered(), POLLIN, 0};
    } else if (!unsent_.empty()) {
        until = std::min(until, next_try_);
    }
    if (!by_.empty()) until = std::min(until, by_.begin()->first);
    for (const std::unique_ptr<Errand>& one : unsent_) until = std::min(until, one->by);
    const std::int64_t left = std::max<std::int64_t>(until - node_.now(), 0);
    ::poll(fds, 3, static_cast<int>((left + millisecond - 1) / millisecond));
    if (fds[0].revents != 0) wake_.clear();
    if (fds[1].revents != 0 && (fds[1].revents & ~POLLOUT) != 0) connection_->read();
}

}  // namespace flowrun::nats
