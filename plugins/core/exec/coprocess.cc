#include "coprocess.hh"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "tail.hh"
#include "whole.hh"

namespace flowrun::core::exec {

using namespace sdk;

Coprocess::Coprocess(const Task& task, Loop& loop, Command command, Troubles& troubles)
    : task_(task), loop_(loop), command_(std::move(command)), troubles_(troubles), reader_(task.values()),
      builder_(task.values()), log_(task.node, task.secrets) {}

void Coprocess::begin() {
    // Counted, so that the node does not go before.
    task_.processes->joined();
    loop_.post([self = shared_from_this(), processes = task_.processes] {
        self->start();
        processes->left();
    });
}

void Coprocess::start() {
    const Child::Wishes wishes{.input = true, .output = true, .kill_after = task_.kill_after, .secrets = task_.secrets};
    auto child = std::make_unique<Child>(loop_, task_.processes, wishes);
    child_ = child.get();
    auto failure = task_.processes->stopped()
                       ? Failure(Status::cancelled, "the run ended before '" + command_.name() + "' was started")
                       : Child::start(std::move(child), command_, {}, shared_from_this());
    if (failure) {
        child_ = nullptr;
        return give_up(*failure, *failure);
    }
    Lock lock(mutex_);
    in_ = child_->take_input();
    flush();
}

bool Coprocess::send(Ticket& ticket, std::string_view line, Time deadline) {
    Lock lock(mutex_);
    if (over_ || closing_) return false;
    waiting_.push_back({std::move(ticket), deadline});
    if (deadline < armed_) {
        armed_ = deadline;
        loop_.post([self = shared_from_this()] { self->arm(); });
    }
    write(line);
    return true;
}

// With the lock held. What there is no room for waits for the loop.
void Coprocess::write(std::string_view line) {
    if (in_ && unsent_.empty()) {
        ssize_t put = 0;
        do put = ::write(in_.get(), line.data(), line.size());
        while (put < 0 && errno == EINTR);
        if (put > 0) line.remove_prefix(static_cast<std::size_t>(put));
        // Otherwise the loop finds out.
    }
    unsent_.append(line);
    if (!in_ || unsent_.empty() || std::exchange(watched_, true)) return;
    loop_.post([self = shared_from_this()] { self->ready(0); });
}

void Coprocess::ready(std::uint32_t) {
    Lock lock(mutex_);
    flush();
    if (in_ || closing_ || over_ || broken_) return;
    broken_ = true;
    loop_.set(*this, after(loop_.now(), milliseconds(100)));
}

// With the lock held, on the loop's thread.
void Coprocess::flush() {
    while (in_ && !unsent_.empty()) {
        const ssize_t put = ::write(in_.get(), unsent_.data(), unsent_.size());
        if (put >= 0) {
            unsent_.erase(0, static_cast<std::size_t>(put));
        } else if (errno == EAGAIN) {
            break;
        } else if (errno != EINTR) {
            loop_.close(in_);  // it reads no more
        }
    }
    if (!in_) return;
    if (unsent_.empty() && closing_) return loop_.close(in_);
    if (unsent_.empty()) {
        if (std::exchange(watched_, false)) loop_.unwatch(in_.get());
        return;
    }
    watched_ = true;
    if (!loop_.watch(in_.get(), EPOLLOUT, *this) && errno != EEXIST) loop_.close(in_);
}

void Coprocess::printed(std::string_view text) {
    const auto self = shared_from_this();
    while (child_) {
        const std::size_t end = text.find('\n');
        if (text_.size() + std::min(end, text.size()) > task_.max_output) {
            return give_up(too_long(), Failure(Status::unavailable, "'" + command_.name() + "' was started anew"));
        }
        if (end == text.npos) {
            text_.append(text);
            return;
        }
        if (text_.empty()) {
            answer(text.substr(0, end));
        } else {
            text_.append(text.substr(0, end));
            answer(std::exchange(text_, {}));
        }
        text.remove_prefix(end + 1);
    }
}

Failure Coprocess::too_long() const {
    return Failure(Status::overflow, "'" + command_.name() + "' printed a line of more than " +
                                         std::to_string(task_.max_output) + " bytes, the limit set by max_output")
        .retry(Retry::no);
}

void Coprocess::answer(std::string_view line) {
    Waiting next;
    bool asked = false, closing = false;
    {
        Lock lock(mutex_);
        closing = closing_;
        if (!waiting_.empty()) {
            next = std::move(waiting_.front());
            waiting_.pop_front();
            asked = true;
        }
    }
    if (!asked) return excess(closing);
    if (!next.ticket) return;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (task_.output == Form::lines || task_.output == Form::text) {
        return send_as_last(task_, std::move(next.ticket), builder_.string(line).finish(), true);
    }
    if (const Value value = reader_.read(line)) return send_as_last(task_, std::move(next.ticket), value, true);
    (void)next.ticket.fail(Failure(Status::failed, "'" + command_.name() + "' answered what is not JSON: " +
                                                       bad_json(line, reader_, task_.secrets)));
}

// From here on no answer could be told from one to another message.
void Coprocess::excess(bool closing) {
    const std::string what = "'" + command_.name() + "' printed a line that answers no message";
    if (!std::exchange(told_of_excess_, true)) {
        if (!closing) task_.node.log(Level::warn, what + "; it is started anew");
        troubles_.add(Failure(Status::failed, what));
    }
    const Failure failure(Status::unavailable, "'" + command_.name() + "' printed more lines than it was given");
    if (!closing) give_up(failure, failure);
}

void Coprocess::complained(std::string_view text) {
    if (task_.log_errors) log_.append(text);
}

void Coprocess::ended(const Ending& ending) {
    loop_.post([self = shared_from_this()] {});  // an event for us may still be in the loop's hands
    child_ = nullptr;
    log_.end();
    const std::string last = text_.empty() ? "" : " in the middle of a line";
    Builder builder(task_.values());
    Failure why = failure_of(command_.name(), ending, builder);
    bool idle = false, closing = false;
    {
        Lock lock(mutex_);
        idle = waiting_.empty();
        closing = closing_;
    }
    const bool stopped = task_.processes->stopped();
    if (idle && !stopped) unasked_end(ending, why, closing);
    Failure failure(stopped ? Status::cancelled : Status::unavailable, std::string(why.what()) + last);
    const flowrun_error raw = why.raw();
    failure.detail(Value(task_.values(), raw.detail));
    give_up(failure, failure);
}

// It has ended while no message waited for it.
void Coprocess::unasked_end(const Ending& ending, const Failure& why, bool closing) {
    if (!text_.empty()) excess(true);
    if (told_to_end_) return task_.node.log(Level::warn, why.what());
    const bool good = ending.good(task_.ok_codes);
    if (!closing) task_.node.log(good ? Level::info : Level::warn, why.what());
    if (!good) troubles_.add(why);
}

void Coprocess::arm() {
    Lock lock(mutex_);
    if (over_ || broken_) return;
    armed_ = never;
    for (const Waiting& one : waiting_) {
        if (one.ticket) armed_ = std::min(armed_, one.deadline);
    }
    loop_.set(*this, armed_);
}

// True: the one that it is at work on is late.
bool Coprocess::expired(Time now, Line& late) {
    Lock lock(mutex_);
    if (waiting_.empty() || over_) return false;
    if (waiting_.front().deadline <= now) return true;
    for (Waiting& one : waiting_) {
        if (one.ticket && one.deadline <= now) late.push_back({std::exchange(one.ticket, Ticket()), one.deadline});
    }
    return false;
}

void Coprocess::ring() {
    const auto self = shared_from_this();
    if (broken_) {
        const Failure failure(Status::unavailable, "'" + command_.name() + "' has closed its input");
        return give_up(failure, failure);
    }
    bool closing = false;
    {
        Lock lock(mutex_);
        closing = closing_ && waiting_.empty();
    }
    if (closing && child_) {
        told_to_end_ = true;
        return child_->terminate();
    }
    Line late;
    Builder builder(task_.values());
    const Tail none;
    const Failure failure = failure_of(command_.name(), Status::timeout, "had not answered at the deadline",
                                       child_ ? child_->errors() : none, builder);
    if (expired(loop_.now(), late)) {
        return give_up(failure,
                       Failure(Status::unavailable,
                               "'" + command_.name() + "' was started anew: it did not answer a message before"));
    }
    fail(late, failure, failure);
    arm();
}

// On the loop's thread: it is over.
void Coprocess::give_up(const Failure& first, const Failure& rest) {
    Line waiting;
    {
        Lock lock(mutex_);
        over_ = true;
        waiting.swap(waiting_);
        loop_.close(in_);
        unsent_.clear();
    }
    loop_.set(*this, never);
    if (Child* const child = std::exchange(child_, nullptr)) {
        loop_.post([self = shared_from_this()] {});
        child->leave();
        child->shut_output();
        child->terminate();
    }
    fail(waiting, first, rest);
}

void Coprocess::fail(Line& line, const Failure& first, const Failure& rest) {
    const Failure* failure = &first;
    for (Waiting& one : line) {
        if (one.ticket) (void)one.ticket.fail(*failure);
        failure = &rest;
    }
}

void Coprocess::close() {
    loop_.post([self = shared_from_this()] {
        {
            Lock lock(self->mutex_);
            self->closing_ = true;
            self->flush();
        }
        if (self->child_) self->loop_.set(*self, after(self->loop_.now(), self->task_.kill_after));
    });
}

}  // namespace flowrun::core::exec
