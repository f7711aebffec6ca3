#include "queue.hh"

#include <algorithm>
#include <cerrno>
#include <exception>
#include <utility>

namespace flowrun::broker {
namespace {

constexpr std::int64_t millisecond = 1'000'000, second = 1'000 * millisecond;
constexpr std::int64_t longest_end = 5 * second, longest_start = 30 * second;

using Kind = Request::Kind;

flowrun_text text_of(std::string_view text) { return sdk::text_of(text); }

}  // namespace

Queue::Queue(const sdk::QueueOpening& opening, Settings settings, Connect connect)
    : host_(opening.host), listener_(opening.listener), user_(opening.user),
      only_pushed_((opening.spec.flags & FLOWRUN_QUEUE_ONLY_PUSHED) != 0), settings_(std::move(settings)),
      connect_(std::move(connect)), appetite_(settings_.prefetch), takes_(!only_pushed_) {
    const std::int64_t patient_until = now() + longest_start;
    while (!session_) {
        try {
            session_ = connect_(*this);
        } catch (const Lost& lost) {
            if (!lost.is_there || now() >= patient_until)
                throw sdk::QueueError{FLOWRUN_E_UNAVAILABLE, settings_.server + ": " + lost.text};
            static_cast<void>(::poll(nullptr, 0, 100));
        } catch (sdk::QueueError& refused) {
            refused.text = settings_.server + ": " + refused.text;
            throw;
        }
    }
}

Queue::~Queue() {
    {
        const std::scoped_lock lock(mutex_);
        closing_ = true;
        takes_ = false;
    }
    wake_.set();
    if (thread_.joinable()) thread_.join();
}

// --- the runner's ---

// With the lock held.
void Queue::start() {
    if (!thread_.joinable()) thread_ = std::thread([this] { work(); });
}

// With the lock held, which is free when it returns.
void Queue::ask(Request request, std::unique_lock<std::mutex>& lock) {
    asked_.push_back(std::move(request));
    const bool asleep = std::exchange(asleep_, false);
    lock.unlock();
    if (asleep) wake_.set();
}

std::int32_t Queue::push(const flowrun_queue_item& item, std::uint64_t push) {
    if (item.body.size + item.key.size + item.error.size > settings_.largest) {
        const std::string why = "it is too large for " + settings_.server + ": a message may have " +
                                std::to_string(settings_.largest) + " bytes there";
        listener_.pushed(user_, push, FLOWRUN_E_INVALID, text_of(why));
        return FLOWRUN_PENDING;
    }
    Request request{Kind::push, push, Message::of(item)};
    std::unique_lock lock(mutex_);
    start();
    if (broken_) {
        lock.unlock();
        listener_.pushed(user_, push, broken_status_, text_of(broken_why_));
    } else {
        ask(std::move(request), lock);
    }
    return FLOWRUN_PENDING;
}

std::uint32_t Queue::take(std::uint32_t most, flowrun_item_fn give, void* user) {
    std::uint32_t taken = 0;
    bool wake = false;
    {
        const std::scoped_lock lock(mutex_);
        start();
        if (!std::exchange(asked_for_, true)) hungry_ = true;
        for (; taken < most && !fetched_.empty(); ++taken) {
            const auto [held, added] = out_.emplace(std::move(fetched_.front()));
            fetched_.pop_front();
            flowrun_queue_item seen = held->second.message.seen();
            seen.lease = held->first;
            seen.flags = held->second.again ? FLOWRUN_ITEM_AGAIN : 0;
            give(user, &seen);
        }
        if (taken != 0 && fetched_.empty()) appetite_.emptied(now());
        hungry_ = hungry_ || (taken != 0 && takes_ && fetched_.size() * 2 <= appetite_.size());
        if (hungry_) wake = std::exchange(asleep_, false);
    }
    if (wake) wake_.set();
    return taken;
}

std::int64_t Queue::due_after(std::int64_t delay) const {
    const std::int64_t now_is = host_.wall();
    return delay > 0 ? now_is + std::min(delay, Session::never - now_is) : 0;
}

void Queue::answer(Kind kind, std::uint64_t lease, std::int64_t delay, const std::uint32_t* attempts,
                   std::string_view error) {
    std::unique_lock lock(mutex_);
    const auto held = out_.find(lease);
    if (held == out_.end()) return;  // answered before
    Request request{kind, lease, std::move(held->second.message), std::move(held->second.handle)};
    const bool stale = held->second.stale;
    out_.erase(held);
    if (attempts != nullptr) request.message.attempts = *attempts;
    if (!error.empty()) request.message.error = error;
    request.message.due = due_after(delay);
    if (!stale && !broken_) return ask(std::move(request), lock);
    const std::int32_t status = stale ? FLOWRUN_E_TIMEOUT : broken_status_;
    lock.unlock();
    listener_.settled(
        user_, lease, status,
        text_of(stale ? "the connection was lost meanwhile, and its lease with it" : std::string_view(broken_why_)));
}

// As it is given back, should it be before its next attempt.
void Queue::extend(std::uint64_t lease, std::int64_t delay, std::uint32_t attempts, std::string_view error) {
    const std::scoped_lock lock(mutex_);
    const auto held = out_.find(lease);
    if (held == out_.end()) return;
    held->second.message.attempts = attempts;
    held->second.message.error = error;
    held->second.message.due = due_after(delay);
}

void Queue::depth(flowrun_queue_depth& out) {
    const std::scoped_lock lock(mutex_);
    out.leased = out_.size();
}

void Queue::drain() {
    {
        const std::scoped_lock lock(mutex_);
        takes_ = false;
    }
    wake_.set();
}

// --- its thread ---

// Nobody has to know more than can be had.
void Queue::tell_notice() {
    if (!settings_.notice) return;
    try {
        const std::string text = settings_.notice();
        const std::string whole = settings_.server + ": " + text;
        if (!text.empty()) listener_.notice(user_, text_of(whole));
    } catch (const std::exception&) {
    } catch (const Lost&) {
    } catch (const sdk::QueueError&) {}
}

void Queue::work() {
    tell_notice();
    while (turn()) {}
    end();
}

// False: it is closed, and nothing is left to be said to the server, or it does not hear.
bool Queue::turn() {
    try {
        bool closing = false;
        {
            const std::scoped_lock lock(mutex_);
            closing = closing_;
        }
        if (closing && std::exchange(end_by_, end_by_ == 0 ? now() + longest_end : end_by_) == 0) give_back_all();
        if (is_broken()) {
            if (!closing) wait();
            return !closing;
        }
        if (connected()) {
            session_->turn(stock());
            give_back_fetched();
            send_new();
            renew_in_time();
            const std::size_t most = appetite();
            asks_ = most != 0;
            if (asks_) session_->fetch(most);
            if (std::exchange(delivered_, false)) listener_.arrived(user_);
            goes_well();
        }
        if (closing) {
            const std::scoped_lock lock(mutex_);
            if ((pushes_.empty() && answers_.empty() && asked_.empty()) || now() >= end_by_) return false;
        }
        wait();
    } catch (const Lost& lost) { lose(lost.text); } catch (const sdk::QueueError& error) {
        fail_all(error.status, error.text);
    } catch (const std::exception& error) { fail_all(FLOWRUN_E_INTERNAL, error.what()); }
    return true;
}

bool Queue::connected() {
    if (session_) return true;
    if (!backoff_.is_due(now())) return false;
    backoff_.tries(now());
    session_ = connect_(*this);
    next_renewal_ = 0;
    send_all();
    return true;
}

// Something went to the server and came back by the connection that there is.
void Queue::goes_well() {
    backoff_.works();
    if (lost_why_.empty()) return;
    lost_why_.clear();
    const std::string text = settings_.server + ": connected again";
    listener_.notice(user_, text_of(text));
}

// What may have been lost with the last connection.
void Queue::send_all() {
    std::vector<const Request*> requests;
    for (const auto& [name, push] : pushes_) requests.push_back(&push);
    for (const auto& [lease, answer] : answers_) requests.push_back(&answer);
    if (!requests.empty()) session_->send(requests);
}

void Queue::send_new() {
    std::vector<Request> asked;
    {
        const std::scoped_lock lock(mutex_);
        asked.swap(asked_);
    }
    if (asked.empty()) return;
    std::vector<const Request*> requests;
    requests.reserve(asked.size());
    for (Request& one : asked) {
        const std::uint64_t name = one.name;
        if (one.kind == Kind::push) requests.push_back(&pushes_.emplace(name, std::move(one)).first->second);
        else requests.push_back(&answers_.emplace(name, std::move(one)).first->second);
    }
    session_->send(requests);
}

Stock Queue::stock() {
    const std::scoped_lock lock(mutex_);
    return {out_.size(), fetched_.size(), takes_};
}

std::size_t Queue::appetite() {
    const std::scoped_lock lock(mutex_);
    const std::size_t size = appetite_.size();
    hungry_ = false;
    return takes_ && asked_for_ && fetched_.size() * 2 <= size ? size - fetched_.size() : 0;
}

void Queue::renew_in_time() {
    if (settings_.lease == 0 || now() < next_renewal_) return;
    next_renewal_ = now() + settings_.lease / 3;
    std::vector<Handle> handles;
    {
        const std::scoped_lock lock(mutex_);
        for (const auto& [lease, held] : out_) {
            if (!held.stale) handles.push_back(held.handle);
        }
        for (const auto& [lease, held] : fetched_) handles.push_back(held.handle);
    }
    if (!handles.empty()) session_->renew(handles);
}

bool Queue::holds_any() {
    const std::scoped_lock lock(mutex_);
    return !out_.empty() || !fetched_.empty();
}

bool Queue::is_broken() {
    const std::scoped_lock lock(mutex_);
    return broken_;
}

void Queue::wait() {
    fds_.clear();
    std::int64_t until = Session::never;
    if (session_) {
        session_->wait_for(fds_);
        // Where nothing is asked for, what it wants is at most to know whether the server is still there.
        const std::int64_t patience = asks_ ? session_->patience() : std::max(session_->patience(), second);
        if (patience != Session::never) until = now() + patience;
        if (settings_.lease != 0 && holds_any()) until = std::min(until, next_renewal_);
    } else if (!is_broken()) {
        until = backoff_.next();
    }
    if (end_by_ != 0) until = std::min(until, end_by_);
    const std::size_t of_session = fds_.size();
    fds_.push_back({wake_.descriptor(), POLLIN, 0});
    {
        const std::scoped_lock lock(mutex_);
        if ((!asked_.empty() || hungry_) && session_) return;
        asleep_ = true;
    }
    constexpr std::int64_t longest = 60 * second;
    const std::int64_t left = std::clamp<std::int64_t>(until == Session::never ? longest : until - now(), 0, longest);
    const int ready = ::poll(fds_.data(), fds_.size(), static_cast<int>((left + millisecond - 1) / millisecond));
    {
        const std::scoped_lock lock(mutex_);
        asleep_ = false;
    }
    if (ready <= 0) return;
    if (fds_.back().revents != 0) wake_.clear();
    fds_.resize(of_session);
    if (std::any_of(fds_.begin(), fds_.end(), [](const pollfd& one) { return one.revents != 0; }))
        session_->ready(fds_);
    if (std::exchange(delivered_, false)) listener_.arrived(user_);
}

// Leases that end with the connection end now: who answers one later is told. What nobody has taken yet comes again by itself.
void Queue::lose(const std::string& why) {
    const bool outlived = !session_ || session_->leases_outlive_it();
    session_.reset();
    if (lost_why_.empty()) {
        const std::string text = settings_.server + ": " + why + "; trying again";
        listener_.notice(user_, text_of(text));
    }
    lost_why_ = why;
    if (outlived) return;
    {
        const std::scoped_lock lock(mutex_);
        fetched_.clear();
        for (auto& [lease, held] : out_) held.stale = true;
    }
    for (const auto& [lease, answer] : std::exchange(answers_, {})) {
        if (answer.ours) continue;
        listener_.settled(user_, lease, FLOWRUN_E_TIMEOUT,
                          text_of("the connection was lost before the server had noted it"));
    }
}

// For good.
void Queue::fail_all(std::int32_t status, const std::string& why) {
    session_.reset();
    std::vector<Request> asked;
    {
        const std::scoped_lock lock(mutex_);
        if (broken_) return;
        broken_status_ = status;
        broken_why_ = settings_.server + ": " + why;
        broken_ = true;
        asked.swap(asked_);
        fetched_.clear();
    }
    listener_.broken(user_, status, text_of(broken_why_));
    for (Request& one : asked) { (one.kind == Kind::push ? pushes_[one.name] : answers_[one.name]) = std::move(one); }
    for (const auto& [name, push] : std::exchange(pushes_, {})) {
        listener_.pushed(user_, name, status, text_of(broken_why_));
    }
    for (const auto& [lease, answer] : std::exchange(answers_, {})) {
        if (!answer.ours) listener_.settled(user_, lease, status, text_of(broken_why_));
    }
}

// What was fetched ahead is for others, once nothing more is taken.
void Queue::give_back_fetched() {
    const std::scoped_lock lock(mutex_);
    if (takes_) return;
    for (auto& [lease, held] : fetched_) {
        asked_.push_back({Kind::nack, lease, std::move(held.message), std::move(held.handle), true});
    }
    fetched_.clear();
}

void Queue::give_back_all() {
    {
        const std::scoped_lock lock(mutex_);
        for (auto& [lease, held] : out_) {
            if (held.stale) continue;
            asked_.push_back({Kind::nack, lease, std::move(held.message), std::move(held.handle), true});
        }
        out_.clear();
    }
    give_back_fetched();
}

// Whatever has no answer now will have none.
void Queue::end() {
    const std::string why = settings_.server + ": the queue is closed, and the server has not answered";
    std::vector<Request> asked;
    {
        const std::scoped_lock lock(mutex_);
        asked.swap(asked_);
    }
    for (Request& one : asked) {
        if (one.kind == Kind::push) pushes_[one.name] = std::move(one);
    }
    for (const auto& [name, push] : pushes_) listener_.pushed(user_, name, FLOWRUN_E_UNAVAILABLE, text_of(why));
    session_.reset();
}

// --- the session's ---

void Queue::pushed(std::uint64_t name, std::int32_t status, std::string_view text) {
    if (pushes_.erase(name) != 0) listener_.pushed(user_, name, status, text_of(text));
}

void Queue::settled(std::uint64_t lease, std::int32_t status, std::string_view text) {
    const auto answered = answers_.find(lease);
    if (answered == answers_.end()) return;
    const bool ours = answered->second.ours;
    answers_.erase(answered);
    if (!ours) listener_.settled(user_, lease, status, text_of(text));
}

void Queue::deliver(Message&& message, Handle&& handle, bool again) {
    const std::scoped_lock lock(mutex_);
    fetched_.emplace_back(++last_lease_, Held{std::move(message), std::move(handle), again});
    appetite_.fetched(now());
    delivered_ = true;
}

// Nothing but what is here.
void Queue::idle() {
    if (!holds_any()) listener_.idle(user_);
}

void Queue::buried(std::uint64_t messages) {
    const std::string text = "poison: " + std::to_string(messages) +
                             (messages == 1 ? " message was" : " messages were") +
                             " given out again and again, and each time nobody has said what came of it; look at " +
                             (messages == 1 ? "it" : "them") + " with 'flowrun queue peek --dead'";
    listener_.lost(user_, messages, text_of(text));
}

void Queue::notice(std::string_view text) {
    const std::string whole = settings_.server + ": " + std::string(text);
    listener_.notice(user_, text_of(whole));
}

}  // namespace flowrun::broker
