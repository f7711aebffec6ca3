#include "sender.hh"

#include <flowrun/cxx/queue.hh>

#include <algorithm>
#include <exception>
#include <utility>

namespace flowrun::broker {
namespace {

using sdk::Failure;
using sdk::Status;

constexpr std::int64_t millisecond = 1'000'000, second = 1'000 * millisecond;

}  // namespace

Sender::Sender(sdk::Node node, std::string server, Connect connect)
    : node_(node), server_(std::move(server)), connect_(std::move(connect)), thread_([this] { work(); }) {}

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
    while (take_new()) {
        try {
            turn();
            wait();
            continue;
        } catch (const Lost& lost) { fail_all(Status::unavailable, lost.text); } catch (const sdk::QueueError& error) {
            fail_all(static_cast<Status>(error.status), error.text);
        } catch (const std::exception& error) { fail_all(Status::internal, error.what()); }
        carrier_.reset();
        backoff_.lost(node_.now());
    }
    carrier_.reset();
}

// False: it ends, and nobody waits any more.
bool Sender::take_new() {
    std::vector<std::unique_ptr<Errand>> some;
    bool stopped = false, ends = false;
    {
        const std::scoped_lock lock(mutex_);
        some.swap(new_);
        ends = ending_;
        stopped = stopped_ || ending_;
    }
    for (std::unique_ptr<Errand>& one : some) {
        const auto by = by_.emplace(one->by, ++last_);
        errands_.emplace(last_, Held{std::move(one), by});
    }
    if (stopped) fail_all(Status::cancelled, "the run ends");
    return !ends;
}

void Sender::turn() {
    expire();
    if (!connected()) return;
    send_new();
    carrier_->turn();
}

bool Sender::connected() {
    if (carrier_) return true;
    if (errands_.empty() || !backoff_.is_due(node_.now())) return false;
    backoff_.tries(node_.now());
    carrier_ = connect_(*this);
    backoff_.works();
    return true;
}

// In the order in which they came; those before have been sent, or have had their end.
void Sender::send_new() {
    for (auto next = errands_.upper_bound(last_sent_); next != errands_.end();) {
        const Name name = next->first;
        last_sent_ = name;
        next->second.since = node_.now();
        try {
            carrier_->send(name, *next->second.errand);
        } catch (const Failure& failure) {
            if (const std::unique_ptr<Errand> errand = release(name)) errand->failed(failure);
        }
        next = errands_.upper_bound(name);
    }
}

std::unique_ptr<Errand> Sender::release(Name name) {
    auto held = errands_.extract(name);
    if (held.empty()) return nullptr;
    by_.erase(held.mapped().by);
    return std::move(held.mapped().errand);
}

void Sender::arrived(Name name) {
    const auto held = errands_.find(name);
    if (held == errands_.end() || held->second.errand->asks) return;
    release(name)->held();
}

void Sender::fail(Name name, Status status, const std::string& text) {
    if (const std::unique_ptr<Errand> errand = release(name)) errand->failed(Failure(status, server_ + ": " + text));
}

void Sender::expire() {
    const std::int64_t now = node_.now();
    while (!by_.empty() && by_.begin()->first <= now) {
        const Name name = by_.begin()->second;
        const Held& held = errands_.find(name)->second;
        const std::int64_t since = held.since;
        if (since == never_sent) {
            fail(name, Status::timeout, "there was no connection in time");
            continue;
        }
        fail(name, Status::timeout, held.errand->asks ? "no answer has come in time" : "it was not confirmed in time");
        carrier_->overdue(name, since);
    }
}

void Sender::fail_all(Status status, const std::string& why) {
    const Failure failure(status, server_ + ": " + why);
    by_.clear();
    last_sent_ = last_;
    for (const auto& [name, held] : std::exchange(errands_, {})) held.errand->failed(failure);
}

void Sender::wait() {
    std::vector<pollfd> fds{{wake_.descriptor(), POLLIN, 0}};
    const std::int64_t now = node_.now();
    std::int64_t left = 60 * second;
    if (carrier_) {
        carrier_->wait_for(fds);
        left = std::min(left, carrier_->patience());
    } else if (!errands_.empty()) {
        left = std::min(left, backoff_.next() - now);
    }
    if (!by_.empty()) left = std::min(left, by_.begin()->first - now);
    left = std::max<std::int64_t>(left, 0);
    const int ready = ::poll(fds.data(), fds.size(), static_cast<int>((left + millisecond - 1) / millisecond));
    if (ready <= 0) return;
    if (fds[0].revents != 0) wake_.clear();
    fds.erase(fds.begin());
    const auto is_ready = [](const pollfd& one) { return one.revents != 0; };
    if (carrier_ && std::any_of(fds.begin(), fds.end(), is_ready)) carrier_->ready(fds);
}

}  // namespace flowrun::broker
