#include "lines.hh"

#include <utility>

#include "tail.hh"
#include "whole.hh"

namespace flowrun::core::exec {

using namespace sdk;

namespace {

constexpr std::size_t much = std::size_t{1} << 20U, little = much / 4;

Failure copy_of(Status status, const flowrun_error* error) {
    if (!error) return {status, ""};
    Failure failure(static_cast<Status>(error->code), std::string(error->message, error->message_size));
    failure.retry(static_cast<Retry>(error->retryable)).retry_after(error->retry_after);
    if (error->node) failure.node(std::string_view(error->node, error->node_size));
    return failure;
}

}  // namespace

Lines::Lines(const Task& task, Ticket ticket, std::string command, Heard heard)
    : task_(task), command_(std::move(command)), heard_(std::move(heard)), ticket_(std::move(ticket)),
      reader_(task.values()), builder_(task.values()) {
    const flowrun_meta of = ticket_.call().meta();
    if (of.id && of.id_size > 0) id_.assign(of.id, of.id_size).push_back('.');
    stem_ = id_.size();
    meta_.size = sizeof meta_;
    meta_.total = -1;
}

// Each line has a place and an id of its own, the same when the command is run again.
const flowrun_meta& Lines::label() {
    meta_.index = static_cast<std::int64_t>(number_ - 1);
    if (stem_ == 0) return meta_;
    id_.resize(stem_);
    id_ += std::to_string(number_ - 1);
    meta_.id = id_.data();
    meta_.id_size = id_.size();
    return meta_;
}

Answer::Take Lines::print(std::string_view text) {
    Lock lock(mutex_);
    if (failure_) return Take::enough;
    arriving_.append(text);
    const std::size_t last_break = text.rfind('\n');
    unfinished_ = last_break == text.npos ? unfinished_ + text.size() : text.size() - last_break - 1;
    // A line is looked at when it is whole: one that is too long must not get so far.
    if (unfinished_ > task_.max_output) refuse(Status::overflow, "printed a line that is too long");
    pump(lock);
    if (failure_) return Take::enough;
    held_ = arriving_.size() > much;
    return held_ ? Take::hold : Take::more;
}

void Lines::finish(std::optional<Failure> failure) {
    Lock lock(mutex_);
    ended_ = true;
    ending_ = std::move(failure);
    pump(lock);
}

void Lines::fail(const Failure& failure) {
    Lock lock(mutex_);
    if (!failure_) failure_ = failure;
    conclude(lock);
}

// The next line, without its end; false: there is none yet.
bool Lines::next(std::string_view& line) {
    std::size_t end = lines_.find('\n', at_);
    if (end == lines_.npos) {
        lines_.erase(0, std::exchange(at_, 0));
        const std::size_t seen = lines_.size();
        lines_.append(std::exchange(arriving_, {}));
        end = lines_.find('\n', seen);
        if (end == lines_.npos && (!ended_ || ending_ || lines_.empty())) return false;
    }
    const std::size_t size = end == lines_.npos ? lines_.size() - at_ : end - at_;
    line = std::string_view(lines_).substr(at_, size);
    at_ = end == lines_.npos ? lines_.size() : end + 1;
    return true;
}

// Sends what is there, one after another. One thread at a time does so.
void Lines::pump(Lock& lock) {
    if (std::exchange(sending_, true)) return;
    std::string_view line;
    while (!in_flight_ && !failure_) {
        if (!next(line)) {
            drained_ = ended_;
            break;
        }
        ++number_;
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.size() > task_.max_output) refuse(Status::overflow, "printed a line that is too long");
        else if (!send(line, lock)) break;
    }
    sending_ = false;
    const bool failed = failure_ && !ended_;
    const bool more = held_ && !failed && arriving_.size() <= little;
    if (more) held_ = false;
    if ((more || failed) && heard_) heard_(more);
    conclude(lock);
}

// False: it has failed.
bool Lines::send(std::string_view line, Lock& lock) {
    Value value;
    if (task_.output == Form::lines) {
        value = builder_.string(line).finish();
    } else {
        value = reader_.read(line);
        if (!value && line.find_first_not_of(" \t") == line.npos) return true;
        if (!value) {
            refuse(Status::failed,
                   "printed what is not JSON, in line " + std::to_string(number_) + ": " + bad_json(line, reader_));
            return false;
        }
    }
    in_flight_ = true;
    const Call call = ticket_.call();
    lock.unlock();
    const Status status = call.emit_async(
        0, value, &label(), [self = shared_from_this()](Status came, Value, const flowrun_error* error) noexcept {
            self->sent(came, error);
        });
    lock.lock();
    if (!is_error(status)) return true;
    in_flight_ = false;
    const auto error = call.last_error();
    if (!failure_) failure_ = copy_of(status, error ? &error->raw() : nullptr);
    return false;
}

void Lines::sent(Status status, const flowrun_error* error) {
    Lock lock(mutex_);
    in_flight_ = false;
    if (is_error(status) && !failure_) failure_ = copy_of(status, error);
    pump(lock);
}

void Lines::refuse(Status code, const std::string& what) {
    std::string text = "'" + utf8_of(command_) + "' " + what;
    if (code == Status::overflow) text += " (max_output is " + std::to_string(task_.max_output) + " bytes)";
    if (failure_) return;
    failure_ = Failure(code, text);
    if (code == Status::overflow) failure_->retry(Retry::no);
}

// The call's result, when there is one and nothing of it is under way.
void Lines::conclude(Lock& lock) {
    if (!ticket_ || sending_ || in_flight_ || (!failure_ && !drained_)) return;
    Ticket ticket = std::exchange(ticket_, Ticket());
    const std::optional<Failure>& failure = failure_ ? failure_ : ending_;
    lock.unlock();
    (void)(failure ? ticket.fail(*failure) : ticket.complete());
    lock.lock();
}

}  // namespace flowrun::core::exec
