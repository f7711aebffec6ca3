#pragma once
// Which items of a queue a verb is about: --dead, --id, --where, --older, --count.

#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "command/evaluation.hh"
#include "command/exit.hh"
#include "command/options.hh"
#include "command/stored_queues.hh"

namespace flowrun::command {

class Selection {
public:
    // The error is a message. `now`: of the wall.
    static std::expected<Selection, std::string> of(const Words& words, expr::Surroundings& surroundings,
                                                    std::int64_t now);
    bool dead() const { return dead_; }
    void set_dead() { dead_ = true; }
    std::optional<std::uint64_t> most() const { return most_; }

    // Calls `what` for each that is meant, up to `most`, from number `from` on; one for which the expression fails is left out.
    Result<void> each(const StoredQueue& queue, std::uint64_t most,
                      const std::function<void(const flowrun_queue_item&, const std::string& line)>& what,
                      std::uint64_t from = 0);
    // Of messages for which the expression could not be evaluated; they are left out.
    Exit tell_of_failures() const;

private:
    bool fits(const flowrun_queue_item& item, const std::string& line);

    std::uint64_t failures_ = 0;
    std::string failure_;
    bool dead_ = false;
    std::vector<std::string> ids_;
    std::optional<std::int64_t> before_;  // accepted before that
    std::optional<Evaluation> where_;
    std::optional<std::uint64_t> most_;
};

}  // namespace flowrun::command
