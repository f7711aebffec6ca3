#pragma once
// The process that a node keeps, one after another: the next is started when a message comes and the last is over.

#include <flowrun/component.hh>

#include <memory>
#include <mutex>
#include <optional>
#include <string_view>

#include "command.hh"
#include "coprocess.hh"
#include "loop.hh"
#include "task.hh"
#include "troubles.hh"

namespace flowrun::core::exec {

class KeptCoprocess {
public:
    KeptCoprocess(const Task& task, Loops& loops, Command command);

    // Any thread. `line` has its end.
    void send(sdk::Ticket ticket, std::string_view line, Time deadline);
    void close();
    // What went wrong while no message waited, once all have ended.
    std::optional<sdk::Failure> trouble() const { return troubles_.gathered(); }

private:
    std::shared_ptr<Coprocess> current(const std::shared_ptr<Coprocess>& not_this);

    const Task& task_;
    Loops& loops_;
    const Command command_;
    Troubles troubles_;
    std::mutex mutex_;
    std::shared_ptr<Coprocess> coprocess_;  // guarded by it
};

}  // namespace flowrun::core::exec
