#include "sender.hh"

#include <flowrun/cxx/queue.hh>

#include <poll.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "broker/session.hh"

namespace flowrun::sqs {
namespace {

using sdk::Failure;
using sdk::Status;

constexpr std::int64_t millisecond = 1'000'000, second = 1'000 * millisecond;
constexpr std::int64_t longest_pause = 5 * second;
constexpr std::size_t batches_at_once = 8;

QueueAt queue_at(Service& service, const std::string& name) {
    auto queue = look_at_queue(service, name);
    if (!queue) throw sdk::QueueError{FLOWRUN_E_INVALID, "there is no queue '" + name + "'"};
    return std::move(*queue);
}

}  // namespace

// Of a FIFO queue one batch after the other: else their order would be lost.
Sender::Link::Link(const sdk::Node& node, const Settings& settings)
    : service(
          settings.place, [&node] { return node.now(); }, [&node] { return node.wall(); }),
      queue(queue_at(service, settings.queue)), sends(service, "SendMessageBatch", queue.url, queue.largest_batch(),
                                                      settings.queue.ends_with(fifo_ending) ? 1 : batches_at_once) {}

Sender::Sender(sdk::Node node, Settings settings)
    : node_(node), settings_(std::move(settings)), server_(settings_.place.name()), thread_([this] { work(); }) {}

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
    for (;;) {
        bool ends = false, stopped = false;
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
            fail_all(static_cast<Status>(error.status), error.text);
        } catch (const std::exception& error) { fail_all(Status::internal, error.what()); }
        link_.reset();
    }
    link_.reset();
}

void Sender::turn() {
    expire();
    if (!connected()) return;
    if (link_->sends.waiting() == 0) first_came_ = node_.now();
    for (std::unique_ptr<Errand>& one : std::exchange(unsent_, {})) send(std::move(one));
    link_->service.work();
    if (link_->sends.waiting() >= Batches::most || node_.now() - first_came_ >= settings_.linger) link_->sends.flush();
}

// A connection is made when there is something to send.
bool Sender::connected() {
    if (link_) return true;
    if (unsent_.empty() || node_.now() < next_try_) return false;
    pause_ = std::clamp(pause_ * 2, 50 * millisecond, longest_pause);
    next_try_ = node_.now() + pause_;
    link_ = std::make_unique<Link>(node_, settings_);
    pause_ = 0;
    return true;
}

void Sender::send(std::unique_ptr<Errand> errand) {
    if (errand->entry.size > link_->queue.largest()) {
        return errand->failed(Failure(Status::invalid, server_ + ": it has " + std::to_string(errand->entry.size) +
                                                           " bytes, and the queue takes " +
                                                           std::to_string(link_->queue.largest())));
    }
    const Number number = ++last_;
    Entry entry = std::move(errand->entry);
    held_.emplace(number, std::move(errand));
    link_->sends.add(std::move(entry), [this, number](const Batches::Outcome& outcome) { answered(number, outcome); });
}

void Sender::answered(Number number, const Batches::Outcome& outcome) {
    const auto held = held_.extract(number);
    if (held.empty()) return;  // it came too late
    if (outcome.ok) return held.mapped()->sent();
    held.mapped()->failed(Failure(outcome.ours ? Status::invalid : Status::unavailable, server_ + ": " + outcome.text));
}

void Sender::expire() {
    const std::int64_t now = node_.now();
    std::erase_if(unsent_, [&](const std::unique_ptr<Errand>& one) {
        if (one->by > now) return false;
        one->failed(Failure(Status::timeout, server_ + ": it could not be sent in time"));
        return true;
    });
    // All have the same time, and so end in the order in which they came.
    while (!held_.empty() && held_.begin()->second->by <= now) {
        const auto late = held_.extract(held_.begin());
        late.mapped()->failed(Failure(Status::timeout, server_ + ": no answer has come in time"));
    }
}

void Sender::fail_all(Status status, const std::string& why) {
    const Failure failure(status, server_ + ": " + why);
    for (const auto& [number, errand] : std::exchange(held_, {})) errand->failed(failure);
    for (const std::unique_ptr<Errand>& one : std::exchange(unsent_, {})) one->failed(failure);
}

void Sender::wait() {
    std::vector<pollfd> fds{{wake_.descriptor(), POLLIN, 0}};
    const std::int64_t now = node_.now();
    std::int64_t until = now + 60 * second;
    if (link_) {
        link_->service.wait_for(fds);
        if (link_->sends.waiting() != 0 && now - first_came_ < settings_.linger)
            until = std::min(until, first_came_ + settings_.linger);
    } else if (!unsent_.empty()) {
        until = std::min(until, next_try_);
    }
    if (!held_.empty()) until = std::min(until, held_.begin()->second->by);
    for (const std::unique_ptr<Errand>& one : unsent_) until = std::min(until, one->by);
    const std::int64_t left = std::max<std::int64_t>(until - now, 0);
    ::poll(fds.data(), fds.size(), static_cast<int>((left + millisecond - 1) / millisecond));
    if (fds[0].revents != 0) wake_.clear();
}

}  // namespace flowrun::sqs
