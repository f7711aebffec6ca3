#pragma once
// A process that is kept: a line in for each message, and a line out that answers it, in the same order. When it can no
// longer be relied on it is over: messages that wait for an answer fail, and whoever has more to send makes another.

#include <flowrun/component.hh>

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "child.hh"
#include "command.hh"
#include "loop.hh"
#include "stderr_log.hh"
#include "task.hh"
#include "troubles.hh"

namespace flowrun::core::exec {

class Coprocess final : public Child::Owner,
                        private Alarm,
                        private Watcher,
                        public std::enable_shared_from_this<Coprocess> {
public:
    Coprocess(const Task& task, Loop& loop, Command command, Troubles& troubles);

    // Any thread. It is started by `begin`; what is sent before waits.
    void begin();
    // Any thread. `line` has its end. False: it is over, and the ticket is still the caller's.
    bool send(sdk::Ticket& ticket, std::string_view line, Time deadline);
    // Any thread: nothing more is sent. It may end now, and is told to after a while.
    void close();

private:
    struct Waiting {
        sdk::Ticket ticket;  // empty: it has its result, and the answer is thrown away
        Time deadline;
    };
    using Line = std::deque<Waiting>;
    using Lock = std::unique_lock<std::mutex>;

    void start();
    void printed(std::string_view text) override;
    void complained(std::string_view text) override;
    void ended(const Ending& ending) override;
    void ring() override;
    void ready(std::uint32_t) override;  // there is room in its input
    void answer(std::string_view line);
    void excess(bool closing);
    void unasked_end(const Ending& ending, const sdk::Failure& why, bool closing);
    sdk::Failure too_long() const;
    void write(std::string_view line);
    void flush();
    void arm();
    bool expired(Time now, Line& late);
    void give_up(const sdk::Failure& first, const sdk::Failure& rest);
    static void fail(Line& line, const sdk::Failure& first, const sdk::Failure& rest);

    const Task& task_;
    Loop& loop_;
    const Command command_;
    Troubles& troubles_;

    // --- the loop's thread only ---
    sdk::Reader reader_;
    sdk::Builder builder_;
    Child* child_ = nullptr;
    StderrLog log_;
    std::string text_;     // of an unfinished line
    bool broken_ = false;  // it reads no more; most likely it is about to end
    bool told_of_excess_ = false;
    bool told_to_end_ = false;  // its input had ended, and it had not

    std::mutex mutex_;  // guards all below
    Line waiting_;      // first come, first answered
    Descriptor in_;
    std::string unsent_;
    Time armed_ = never;
    bool over_ = false;
    bool watched_ = false;  // for room in its input
    bool closing_ = false;
};

}  // namespace flowrun::core::exec
