#pragma once
// One message's process, from its start to its end or its deadline. On the thread of a loop.

#include <flowrun/component.hh>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "answer.hh"
#include "child.hh"
#include "command.hh"
#include "loop.hh"
#include "stderr_log.hh"
#include "task.hh"

namespace flowrun::core::exec {

// What a process reads: bytes of a value that is kept, or of its own.
struct Input {
    sdk::Kept kept;
    std::string own;
    std::string_view text() const {
        return kept ? kept.get().text().value_or(std::string_view()) : std::string_view(own);
    }
};

// Strings and bytes as they are, null as nothing, all else as JSON on a line.
Input input_of(sdk::Value value);

class Job final : public Child::Owner, private Alarm, public std::enable_shared_from_this<Job> {
public:
    Job(const Task& task, Loop& loop, sdk::Ticket ticket, Command command, Input input, sdk::Kept message,
        Time deadline);
    ~Job() override;

    // Any thread.
    static void send(std::shared_ptr<Job> job);

private:
    void begin();
    void printed(std::string_view text) override;
    void complained(std::string_view text) override;
    void ended(const Ending& ending) override;
    void ring() override;  // the deadline is near
    void heard(bool more);

    const std::shared_ptr<NodeProcesses>
        processes_;  // first, so that it goes last: the task may go once we have left it
    const Task& task_;
    Loop& loop_;
    const Command command_;
    const Input input_;
    const Time deadline_;  // on the loop's clock
    sdk::Ticket ticket_;
    sdk::Kept message_;
    StderrLog log_;
    std::shared_ptr<Answer> answer_;
    Child* child_ = nullptr;  // there until it has ended, or we have left it
};

}  // namespace flowrun::core::exec
