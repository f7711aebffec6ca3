#pragma once
// An answer of a message a line, sent as they come and one after another. What is not sent yet is bounded: while it is
// much the process waits.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "answer.hh"
#include "core/outcome.hh"

namespace flowrun::core::exec {

class Lines final : public Answer, public std::enable_shared_from_this<Lines> {
public:
    Lines(const Task& task, sdk::Ticket ticket, std::string command, Heard heard);

    Take print(std::string_view text) override;
    void finish(std::optional<sdk::Failure> failure) override;
    void fail(const sdk::Failure& failure) override;

private:
    using Lock = std::unique_lock<std::mutex>;

    void pump(Lock& lock);
    bool next(std::string_view& line);
    void send(std::string_view line, Lock& lock);
    void sent(sdk::Status status, const flowrun_error* error);
    void note(const sdk::Failure& failure);
    void halt_if_ending();
    std::optional<sdk::Failure> result(sdk::Builder& builder);
    void conclude(Lock& lock);
    void refuse(sdk::Status code, const std::string& what);
    const flowrun_meta& label();

    const Task& task_;
    const std::string command_;
    const Heard heard_;
    std::mutex mutex_;  // guards all below; what only the sender uses is the sender's while sending_ is set
    sdk::Ticket ticket_;
    sdk::Reader reader_;
    sdk::Builder builder_;
    std::string id_;  // of the message, and then of each line
    std::size_t stem_ = 0;
    flowrun_meta meta_{};
    std::uint64_t number_ = 0;    // of lines
    std::string arriving_;        // has not been looked at yet
    std::string lines_;           // what is being sent stands in it, so it does not move meanwhile
    std::size_t at_ = 0;          // in lines_
    std::size_t unfinished_ = 0;  // bytes of the last line so far
    Outcome outcome_;             // of the lines
    std::optional<sdk::Failure> first_failed_;
    std::optional<sdk::Failure> failure_;  // nothing more is sent
    std::optional<sdk::Failure> ending_;   // when all is sent
    bool sending_ = false, in_flight_ = false, held_ = false, ended_ = false, drained_ = false;
};

}  // namespace flowrun::core::exec
