#pragma once
// What a command prints, as messages, and with that the result of its call.
//
// The output may arrive on one thread while the result of a message that was sent comes back on another.

#include <flowrun/component.hh>

#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "task.hh"

namespace flowrun::core::exec {

class Answer {
public:
    enum class Take { more, hold, enough };  // enough: it has failed, and takes nothing more

    virtual ~Answer() = default;
    virtual Take print(std::string_view text) = 0;
    // The command has ended: the call is completed when the last message is through. With a failure the messages are
    // sent too, but for a line without an end, and then the call fails.
    virtual void finish(std::optional<sdk::Failure> failure) = 0;
    // The call fails, unless it has before, and nothing more is sent.
    virtual void fail(const sdk::Failure& failure) = 0;
};

// Called on any thread when an answer that said `hold` takes more (true), or has failed (false).
using Heard = std::function<void(bool more)>;

// `message` is sent on where the output is thrown away.
std::shared_ptr<Answer> answer_for(const Task& task, sdk::Ticket ticket, sdk::Kept message, const std::string& command,
                                   Heard heard);

}  // namespace flowrun::core::exec
