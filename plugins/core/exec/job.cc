#include "job.hh"

#include <utility>

#include "lines.hh"
#include "whole.hh"

namespace flowrun::core::exec {

using namespace sdk;

Input input_of(Value value) {
    Input input;
    if (value.text()) {
        input.kept = value.keep();
    } else if (!value.is(Kind::null)) {
        value.write_json([&input](std::string_view piece) { input.own.append(piece); });
        input.own.push_back('\n');
    }
    return input;
}

std::shared_ptr<Answer> answer_for(const Task& task, Ticket ticket, Kept message, const std::string& command,
                                   Heard heard) {
    if (task.output == Form::ndjson || task.output == Form::lines) {
        return std::make_shared<Lines>(task, std::move(ticket), command, std::move(heard));
    }
    return std::make_shared<Whole>(task, std::move(ticket), std::move(message), command);
}

Job::Job(const Task& task, Loop& loop, Ticket ticket, Command command, Input input, Kept message, Time deadline)
    : processes_(task.processes), task_(task), loop_(loop), command_(std::move(command)), input_(std::move(input)),
      deadline_(deadline), ticket_(std::move(ticket)), message_(std::move(message)), log_(task.node, task.secrets) {
    processes_->joined();
    loop_.add_load(1);
}

Job::~Job() {
    loop_.set(*this, never);
    loop_.add_load(-1);
    processes_->left();
}

void Job::send(std::shared_ptr<Job> job) {
    Loop& loop = job->loop_;
    loop.post([job = std::move(job)] { job->begin(); });
}

void Job::begin() {
    const auto heard = [&loop = loop_, weak = weak_from_this()](bool more) {
        loop.post([weak, more] {
            if (const auto self = weak.lock()) self->heard(more);
        });
    };
    answer_ = answer_for(task_, std::move(ticket_), std::move(message_), command_.name(), heard);
    if (task_.processes->stopped()) {
        answer_->fail(Failure(Status::cancelled, "the run ended before '" + command_.name() + "' was started"));
        return;
    }
    const Child::Wishes wishes{.input = !input_.text().empty(),
                               .output = task_.output != Form::none,
                               .kill_after = task_.kill_after,
                               .secrets = task_.secrets};
    auto child = std::make_unique<Child>(loop_, task_.processes, wishes);
    child_ = child.get();
    if (const auto failure = Child::start(std::move(child), command_, input_.text(), shared_from_this())) {
        child_ = nullptr;
        answer_->fail(*failure);
        return;
    }
    loop_.set(*this, deadline_);
}

void Job::printed(std::string_view text) {
    switch (answer_->print(text)) {
        case Answer::Take::more: break;
        case Answer::Take::hold: child_->hold_output(true); break;
        case Answer::Take::enough: heard(false); break;
    }
}

void Job::complained(std::string_view text) {
    if (task_.log_errors) log_.append(text);
}

void Job::heard(bool more) {
    if (!child_) return;
    if (more) return child_->hold_output(false);
    const auto self = shared_from_this();
    Child& child = *std::exchange(child_, nullptr);
    loop_.set(*this, never);
    child.leave();
    child.shut_output();
    child.terminate();
}

void Job::ended(const Ending& ending) {
    loop_.set(*this, never);
    child_ = nullptr;
    log_.end();
    if (ending.good(task_.ok_codes)) return answer_->finish(std::nullopt);
    if (task_.processes->stopped()) {
        answer_->fail(Failure(Status::cancelled, "the run ended while '" + command_.name() + "' was at work"));
        return;
    }
    Builder builder(task_.values());
    answer_->finish(failure_of(command_.name(), ending, builder));
}

void Job::ring() {
    if (!child_) return;
    const auto self = shared_from_this();
    Child& child = *std::exchange(child_, nullptr);
    Builder builder(task_.values());
    const Failure failure = failure_of(command_.name(), Status::timeout,
                                       "had not ended at its deadline and was told to", child.errors(), builder);
    child.terminate();
    child.leave();
    answer_->fail(failure);
}

}  // namespace flowrun::core::exec
