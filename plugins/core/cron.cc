// cron: a source that emits when its schedule says.

#include <flowrun/component.hh>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>

#include "calendar.hh"
#include "components.hh"
#include "endless.hh"

namespace flowrun::core {
namespace {

using namespace sdk;

constexpr std::int64_t second = 1'000'000'000;

// RFC 3339, with the offset of the zone.
std::string stamp(std::int64_t instant, std::int64_t offset) {
    using namespace std::chrono;
    const std::int64_t local = instant + offset;
    const auto day = floor<days>(sys_seconds(seconds(local)));
    const year_month_day date(day);
    const std::int64_t of_day = local - day.time_since_epoch().count() * 86400;
    const std::int64_t east = offset < 0 ? -offset : offset;
    char text[64];
    std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  static_cast<int>(of_day / 3600), static_cast<int>(of_day / 60 % 60), static_cast<int>(of_day % 60));
    if (offset == 0) return std::string(text) + "Z";
    char zone[32];
    std::snprintf(zone, sizeof zone, "%c%02d:%02d", offset < 0 ? '-' : '+', static_cast<int>(east / 3600),
                  static_cast<int>(east / 60 % 60));
    return std::string(text) + zone;
}

class Cron {
public:
    static constexpr Description description = {
        .id = "cron",
        .summary = "Emits a message at each time of a schedule, as cron does",
        .doc =
            "A schedule has the fields minute, hour, day of the month, month and day of the week, with or without one "
            "for seconds before them: values, ranges (1-5), lists (1,15), steps (*/10, 8-18/2), names (jan, mon), and "
            "L for the last day of the month. When both days are restricted one of them has to fit. Or @hourly, "
            "@daily, @weekly, @monthly, @yearly.\n"
            "Each message is {time, n, missed}: the time that it stands for, its number from 0, and how many times of "
            "the schedule went by before it without a message. Times go by while the flow is still busy with the one "
            "before, which is said on stderr as well; with overlap: wait they are made up for, one after another.\n"
            "Where clocks are put forward a schedule that names hours and minutes comes right after the gap for what "
            "lies in it, and where they are put back it comes once; one whose hour or minute begins with * follows "
            "real time. "
            "Where the machine's clock is set ahead, or it sleeps, the time that was waited for comes at once, and the "
            "others that went by are missed. Where it is set back by less than three hours, a schedule that names "
            "hours and minutes goes on where it was, any other at the new time; each is said on stderr.",
        .settings = R"({"type": "object", "required": ["schedule"], "properties": {
            "schedule": {"type": "string", "description": "When, such as \"30 6 * * mon-fri\", \"*/10 * * * * *\" or @daily"},
            "timezone": {"type": "string", "default": "local",
                         "description": "Whose clock is meant: a name such as Europe/Prague, UTC, +01:00, or local for the machine's own"},
            "count": {"type": "integer", "minimum": 0, "default": 0, "description": "How many messages; 0: no end"},
            "overlap": {"type": "string", "enum": ["skip", "wait"], "default": "skip",
                        "description": "What becomes of times that come while the downstream is busy"}
        }})",
        .ports = R"({"out": {"out": "The messages"}})",
        .flags = FLOWRUN_COOPERATIVE,
    };

    static std::optional<Mistake> check(const flowrun_host* host, Value settings) {
        const auto timetable = Timetable::read(settings["schedule"].string().value_or(""));
        if (!timetable) return Mistake{timetable.error().message, "schedule", timetable.error().remedy};
        if (const std::string problem = zone_of(host, settings).problem(); !problem.empty()) {
            return Mistake{problem, "timezone"};
        }
        return std::nullopt;
    }

    Cron(Node node, Value settings)
        : node_(node), calendar_(calendar_of(node, settings)), count_(settings["count"].integer().value_or(0)),
          wait_(settings["overlap"].string() == "wait"), builder_(node.values()) {
        if (count_ == 0) endless(node);
    }

    Status run(Call call) {
        std::optional<std::int64_t> next = calendar_.after(seconds_now());
        std::uint64_t missed = 0;
        for (std::int64_t n = 0; next && (count_ == 0 || n < count_); ++n) {
            if (const Status status = call.stopping(); is_error(status)) return status;
            const Status waited = wait_until(call, next);
            if (is_error(waited)) return waited;
            if (!next) break;
            const std::int64_t woken = seconds_now(), last = *next;
            (void)call.emit(0, message(last, n, missed));
            next = calendar_.after(last);
            missed = 0;
            if (wait_ || (count_ != 0 && n + 1 == count_)) continue;
            const std::uint64_t asleep = gone_by(next, woken), busy = gone_by(next, seconds_now());
            if (asleep > 0) tell(asleep, "the clock was set ahead, or the machine slept, until " + shown(woken));
            if (busy > 0) tell(busy, "the flow was still busy with the one of " + shown(last));
            missed = asleep + busy;
        }
        return Status::ok;
    }

private:
    static Zone zone_of(const flowrun_host* host, Value settings) {
        return {static_cast<const flowrun_zone*>(host->extension(FLOWRUN_ZONE_ID)),
                std::string(settings["timezone"].string().value_or("local"))};
    }

    static Calendar calendar_of(Node node, Value settings) {
        const auto mistake = check(node.host(), settings);
        if (mistake) throw Failure(Status::invalid, mistake->message);
        return {*Timetable::read(settings["schedule"].string().value_or("")), zone_of(node.host(), settings)};
    }

    std::int64_t seconds_now() const { return node_.wall() / second; }

    // How many times lie until then; `next` is the first that does not.
    std::uint64_t gone_by(std::optional<std::int64_t>& next, std::int64_t now) const {
        std::uint64_t count = 0;
        for (; next && *next <= now; next = calendar_.after(*next)) ++count;
        return count;
    }

    std::string shown(std::int64_t instant) const { return stamp(instant, calendar_.zone().offset(instant)); }

    // In short sleeps, since a clock can be set meanwhile, and a machine sleep. One that was set back by hours was
    // wrong before, and one that was set back at all is what a schedule in real time goes by: what lies ahead is asked
    // for again. Steps of less than a minute are those by which clocks are kept right.
    Status wait_until(Call call, std::optional<std::int64_t>& next) {
        constexpr std::int64_t nap = 60 * second, far_back = 3 * 3600 * second;
        for (;;) {
            const std::int64_t now = node_.wall();
            if (now <= seen_ - nap) {
                const bool again = calendar_.runs_on() || now < seen_ - far_back;
                if (again) next = calendar_.after(now / second);
                node_.log(Level::warn, "the clock was set back from " + shown(seen_ / second) + " to " +
                                           shown(now / second) +
                                           (again ? "" : "; the times between do not come once more"));
            }
            seen_ = now;
            if (!next || now >= *next * second) return Status::ok;
            if (const Status status = call.sleep(std::min(nap, *next * second - now)); is_error(status)) return status;
        }
    }

    Value message(std::int64_t instant, std::int64_t n, std::uint64_t missed) {
        builder_.map().key("time").string(shown(instant));
        return builder_.key("n").integer(n).key("missed").unsigned_integer(missed).end().finish();
    }

    void tell(std::uint64_t missed, const std::string& why) const {
        node_.log(Level::warn, (missed == 1 ? "one time of the schedule was"
                                            : std::to_string(missed) + " times of the schedule were") +
                                   " missed: " + why);
    }

    Node node_;
    Calendar calendar_;
    std::int64_t count_;
    bool wait_;
    std::int64_t seen_ = 0;  // the clock, when it was last looked at
    Builder builder_;
};

}  // namespace

constinit const flowrun_component cron_component = sdk::component<Cron>();

}  // namespace flowrun::core
