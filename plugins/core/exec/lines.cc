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
        else send(line, lock);
        halt_if_ending();
    }
    sending_ = false;
    const bool failed = failure_ && !ended_;
    const bool more = held_ && !failed && arriving_.size() <= little;
    if (more) held_ = false;
    if ((more || failed) && heard_) heard_(more);
    conclude(lock);
}

void Lines::send(std::string_view line, Lock& lock) {
    Value value;
    if (task_.output == Form::lines) {
        value = builder_.string(line).finish();
    } else {
        value = reader_.read(line);
        if (!value && line.find_first_not_of(" \t") == line.npos) return;
        if (!value) {
            return note(Failure(Status::failed, "'" + utf8_of(command_) + "' printed what is not JSON, in line " +
                                                    std::to_string(number_) + ": " +
                                                    bad_json(line, reader_, task_.secrets)));
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
    if (!is_error(status)) return;
    in_flight_ = false;
    const auto error = call.last_error();
    note(copy_of(status, error ? &error->raw() : nullptr));
}

void Lines::sent(Status status, const flowrun_error* error) {
    Lock lock(mutex_);
    in_flight_ = false;
    if (is_error(status)) note(copy_of(status, error));
    pump(lock);
}

// A line has failed. Those after it are sent none the less: nobody else has them.
void Lines::note(const Failure& failure) {
    const flowrun_error raw = failure.raw();
    if (outcome_.ok()) first_failed_ = failure;
    outcome_.failed(number_ - 1, failure.code(), &raw);
}

// Where lines fail since the call is over there is no use in trying the rest.
void Lines::halt_if_ending() {
    if (in_flight_ || failure_ || outcome_.ok() || !is_error(ticket_.call().stopping())) return;
    failure_ = first_failed_;
}

void Lines::refuse(Status code, const std::string& what) {
    std::string text = "'" + utf8_of(command_) + "' " + what;
    if (code == Status::overflow) text += " (max_output is " + std::to_string(task_.max_output) + " bytes)";
    if (failure_) return;
    failure_ = Failure(code, text);
    if (code == Status::overflow) failure_->retry(Retry::no);
}

// What the call fails with: what cut it short, or else the lines that failed and how the command ended.
std::optional<Failure> Lines::result(Builder& builder) {
    if (failure_) return failure_;
    if (outcome_.ok()) return ending_;
    Failure lines = outcome_.failures() == 1 ? *first_failed_ : outcome_.failure(number_, builder);
    if (!ending_) return lines;
    const flowrun_error raw = lines.raw();
    Failure both(lines.code(), std::string(lines.what()) + "; and " + ending_->what());
    if (raw.node) both.node(std::string_view(raw.node, raw.node_size));
    if (raw.detail) both.detail(Value(task_.values(), raw.detail));
    const bool hopeless = ending_->code() == Status::permanent;
    return both.retry(hopeless ? Retry::no : static_cast<Retry>(raw.retryable)).retry_after(raw.retry_after);
}

// The call's result, when there is one and nothing of it is under way.
void Lines::conclude(Lock& lock) {
    if (!ticket_ || sending_ || in_flight_ || (!failure_ && !drained_)) return;
    Ticket ticket = std::exchange(ticket_, Ticket());
    Builder builder(task_.values());
    const std::optional<Failure> failure = result(builder);
    lock.unlock();
    (void)(failure ? ticket.fail(*failure) : ticket.complete());
    lock.lock();
}

}  // namespace flowrun::core::exec
