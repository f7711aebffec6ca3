#include "sender.hh"

#include <flowrun/cxx/queue.hh>

#include <algorithm>
#include <exception>
#include <utility>

#include "body.hh"

namespace flowrun::amqp {
namespace {

using sdk::Failure;
using sdk::Status;

constexpr std::int64_t millisecond = 1'000'000, second = 1'000 * millisecond;
constexpr std::int64_t longest_pause = 5 * second;

}  // namespace

Sender::Sender(sdk::Node node, Server server, bool wants_answers)
    : node_(node), server_(std::move(server)), wants_answers_(wants_answers), thread_([this] { work(); }) {}

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
        bool stopped = false;
        {
            const std::scoped_lock lock(mutex_);
            if (ending_) break;
            stopped = stopped_;
        }
        take_new();
        if (stopped) fail_all(Status::cancelled, "the run ends");
        try {
            turn();
        } catch (const broker::Lost& lost) {
            publisher_.reset();
            fail_all(Status::unavailable, lost.text);
        } catch (const ChannelClosed& closed) {
            publisher_.reset();
            fail_all(Status::unavailable, closed.text);
        } catch (const sdk::QueueError& error) {
            publisher_.reset();
            fail_all(static_cast<Status>(error.status), error.text);
        } catch (const std::exception& error) {
            publisher_.reset();
            fail_all(Status::internal, error.what());
        }
        wait();
    }
    take_new();
    publisher_.reset();
    fail_all(Status::cancelled, "the run ends");
}

void Sender::turn() {
    if (!connected()) return;
    publisher_->work();
    expire();
}

// A connection is made when there is something to send.
bool Sender::connected() {
    if (publisher_) return true;
    expire();
    if (errands_.empty() || node_.now() < next_try_) return false;
    pause_ = std::clamp(pause_ * 2, 50 * millisecond, longest_pause);
    next_try_ = node_.now() + pause_;
    Publisher::Reply reply;
    if (wants_answers_) reply = [this](Delivery&& delivery) { answered(std::move(delivery)); };
    publisher_ = std::make_unique<Publisher>(
        server_, std::string("flowrun ") + node_.name(),
        [this](std::string_view why) {
            node_.log(sdk::Level::warn, why.empty() ? server_.name() + " takes messages again"
                                                    : server_.name() + " takes no messages now: " + std::string(why));
        },
        std::move(reply));
    pause_ = 0;
    for (const auto& [name, held] : errands_) send(name, held.errand);
    return true;
}

void Sender::take_new() {
    std::vector<std::unique_ptr<Errand>> some;
    {
        const std::scoped_lock lock(mutex_);
        some.swap(new_);
    }
    for (std::unique_ptr<Errand>& one : some) {
        const Name name = ++last_;
        const std::shared_ptr<Errand> errand = std::move(one);
        if (!errand->correlation.empty()) correlations_.emplace(errand->correlation, name);
        errands_.emplace(name, Held{errand, by_.emplace(errand->by, name)});
        if (publisher_) send(name, errand);
    }
}

// The letter keeps the errand, whose body it borrows, also when nobody waits for it any more.
void Sender::send(Name name, const std::shared_ptr<Errand>& errand) {
    Letter letter = std::move(errand->letter);
    letter.body = errand->body;
    letter.done = [this, name, errand](Outcome how, std::string_view text) { outcome(name, how, text); };
    publisher_->send(std::move(letter));
}

// Empty: it has had its end.
std::shared_ptr<Errand> Sender::release(Name name) {
    const auto found = errands_.find(name);
    if (found == errands_.end()) return nullptr;
    std::shared_ptr<Errand> errand = std::move(found->second.errand);
    by_.erase(found->second.by);
    correlations_.erase(errand->correlation);
    errands_.erase(found);
    return errand;
}

void Sender::outcome(Name name, Outcome how, std::string_view text) {
    const auto held = errands_.find(name);
    // Of one that has arrived the answer may be still to come.
    if (how == Outcome::confirmed && held != errands_.end() && !held->second.errand->correlation.empty()) return;
    const std::shared_ptr<Errand> errand = release(name);
    if (!errand) return;
    const std::string why = server_.name() + ": " + std::string(text);
    switch (how) {
        case Outcome::confirmed: return errand->held();
        case Outcome::returned: return errand->failed(Failure(Status::unavailable, why + ": no queue takes it"));
        case Outcome::too_large: return errand->failed(Failure(Status::invalid, why));
        case Outcome::no_exchange:
        case Outcome::refused: return errand->failed(Failure(Status::unavailable, why));
    }
}

void Sender::answered(Delivery&& delivery) {
    const std::string correlation(correlation_of(*delivery.properties));
    const auto known = correlations_.find(correlation);
    if (known == correlations_.end()) {
        return node_.log(sdk::Level::info,
                         "an answer came too late, or to nothing that was asked: correlation_id " + correlation);
    }
    if (const std::shared_ptr<Errand> errand = release(known->second)) errand->answered(delivery);
}

void Sender::expire() {
    const std::int64_t now = node_.now();
    while (!by_.empty() && by_.begin()->first <= now) {
        const std::shared_ptr<Errand> errand = release(by_.begin()->second);
        errand->failed(
            Failure(Status::timeout, server_.name() + (errand->correlation.empty() ? " has not confirmed it in time"
                                                                                   : ": no answer has come in time")));
    }
}

void Sender::fail_all(Status status, const std::string& why) {
    const std::string whole = server_.name() + ": " + why;
    correlations_.clear();
    by_.clear();
    for (const auto& [name, held] : std::exchange(errands_, {})) held.errand->failed(Failure(status, whole));
}

void Sender::wait() {
    pollfd fds[2] = {{wake_.descriptor(), POLLIN, 0}, {-1, 0, 0}};
    std::int64_t left = 60 * second;
    const std::int64_t now = node_.now();
    if (publisher_) {
        fds[1] = publisher_->waits_for();
        left = std::min(left, publisher_->patience());
    } else if (!errands_.empty()) {
        left = std::min(left, next_try_ - now);
    }
    if (!by_.empty()) left = std::min(left, by_.begin()->first - now);
    left = std::max<std::int64_t>(left, 0);
    ::poll(fds, 2, static_cast<int>((left + millisecond - 1) / millisecond));
    if (fds[0].revents != 0) wake_.clear();
}

}  // namespace flowrun::amqp
