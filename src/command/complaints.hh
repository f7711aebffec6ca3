#pragma once
// What the run tells of itself, on stderr: failures, the lines of `log`, notices. A flood of failures is cut to a few in
// every ten seconds, with the number of those left out. A quiet run holds all back until it is known to have failed, but for
// what was logged as a warning or an error.

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/world.hh"
#include "engine/call/report.hh"

namespace flowrun::command {

class Complaints final : public engine::Reporter {
public:
    static constexpr unsigned shown = 20;  // failures in each period
    static constexpr Duration period = 10 * second;
    static constexpr std::size_t held_back = 200;  // lines of a quiet run; the rest is counted

    Complaints(World& world, bool quiet) : world_(world), quiet_(quiet) {}

    void failed(const engine::Failure& failure) override;
    void log(std::string_view node, engine::Level level, std::string_view text) override;
    void notice(engine::Level level, std::string_view text) override;

    // What was left out is told, and in a quiet run what was held back.
    void tell_rest();
    // The same where the process ends in the middle of things; nothing where a report that is being made stands in the way.
    void tell_last();
    std::uint64_t failures();

private:
    void tell(std::string line);
    void tell_left_out();
    void tell_held();

    World& world_;
    const bool quiet_;
    std::mutex mutex_;
    Time period_end_ = 0;
    std::uint64_t failures_ = 0, in_period_ = 0;
    std::vector<std::string> held_;
    std::uint64_t dropped_ = 0;  // lines of a quiet run that were not even held
};

// "timeout: no answer in 5s (at invoice, 4 attempts)", with the causes on lines of their own, indented.
std::string text_of(const Error& error);

}  // namespace flowrun::command
