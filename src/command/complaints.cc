#include "command/complaints.hh"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "base/lock_soon.hh"
#include "base/visible.hh"
#include "command/say.hh"

namespace flowrun::command {

namespace {

constexpr std::size_t causes_shown = 10;

std::string_view name_of(engine::Level level) {
    switch (level) {
        case engine::Level::debug: return "debug";
        case engine::Level::info: return "info";
        case engine::Level::warn: return "warn";
        case engine::Level::error: return "error";
    }
    return "error";
}

std::string line_of(const Error& error) {
    std::string text = fmt::format("{}: {}", flowrun::name_of(error.code), visible(error.message));
    std::string origin = error.node.empty() ? "" : "at " + error.node;
    if (error.attempts > 1) origin += fmt::format("{}{} attempts", origin.empty() ? "" : ", ", error.attempts);
    return origin.empty() ? text : text + " (" + origin + ")";
}

}  // namespace

std::string text_of(const Error& error) {
    std::string text = line_of(error);
    const std::size_t causes = std::min(error.causes.size(), causes_shown);
    for (std::size_t i = 0; i < causes; ++i) text += "\n  " + line_of(error.causes[i]);
    if (causes < error.causes.size()) text += fmt::format("\n  and {} more", error.causes.size() - causes);
    return text;
}

void Complaints::failed(const engine::Failure& failure) {
    std::lock_guard lock(mutex_);
    ++failures_;
    const Time now = world_.now();
    if (now >= period_end_) {
        tell_left_out();
        period_end_ = after(now, period);
        in_period_ = 0;
    }
    if (++in_period_ > shown) return;
    std::string line = "flowrun: ";
    if (!failure.where.empty()) line += failure.where + ": ";
    if (!failure.message.empty()) line += "message " + visible(failure.message) + ": ";
    tell(line + text_of(failure.error) + "\n");
}

void Complaints::log(std::string_view node, engine::Level level, std::string_view text) {
    std::lock_guard lock(mutex_);
    const std::string line = fmt::format("{}: {}: {}\n", node, name_of(level), visible(text));
    // A flow says by its level that somebody should know of it, whatever becomes of the run.
    // The rest would push the failures of a quiet run out of what is kept.
    if (level >= engine::Level::warn || !quiet_) put_error(line);
}

void Complaints::notice(engine::Level level, std::string_view text) {
    std::lock_guard lock(mutex_);
    const bool grave = level == engine::Level::error || level == engine::Level::info;
    tell(fmt::format("flowrun: {}{}\n", grave ? "" : fmt::format("{}: ", name_of(level)), visible(text)));
}

void Complaints::tell_rest() {
    std::lock_guard lock(mutex_);
    tell_held();
}

void Complaints::tell_last() {
    if (!lock_soon(mutex_)) return;
    std::lock_guard lock(mutex_, std::adopt_lock);
    tell_held();
}

void Complaints::tell_held() {
    tell_left_out();
    in_period_ = 0;
    for (const std::string& line : held_) put_error(line);
    held_.clear();
    if (dropped_ > 0) complain(fmt::format("and {} more lines", dropped_));
    dropped_ = 0;
}

std::uint64_t Complaints::failures() {
    std::lock_guard lock(mutex_);
    return failures_;
}

void Complaints::tell(std::string line) {
    if (!quiet_) {
        put_error(line);
    } else if (held_.size() < held_back) {
        held_.push_back(std::move(line));
    } else {
        ++dropped_;
    }
}

void Complaints::tell_left_out() {
    if (in_period_ > shown) tell(fmt::format("flowrun: and {} more failures, not shown\n", in_period_ - shown));
}

}  // namespace flowrun::command
