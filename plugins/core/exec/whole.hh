#pragma once
// An answer of one message: all that was printed, when the command has ended.

#include <optional>
#include <string>
#include <string_view>

#include "answer.hh"

namespace flowrun::core::exec {

class Whole final : public Answer {
public:
    Whole(const Task& task, sdk::Ticket ticket, sdk::Kept message, std::string command);

    Take print(std::string_view text) override;
    void finish(std::optional<sdk::Failure> failure) override;
    void fail(const sdk::Failure& failure) override;

private:
    void send(sdk::Value value, bool reply);

    const Task& task_;
    sdk::Ticket ticket_;
    const sdk::Kept message_;
    const std::string command_;
    std::string text_;
};

// What is wrong with a text that `reader` has refused, and how it begins.
std::string bad_json(std::string_view text, const sdk::Reader& reader, const flowrun_secrets* secrets);

// Sends `value` on and completes the ticket with what comes of it. `reply`: it is the reply where the downstream has none.
void send_as_last(const Task& task, sdk::Ticket ticket, sdk::Value value, bool reply);

}  // namespace flowrun::core::exec
