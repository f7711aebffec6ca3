// The parts of timestamps and durations.

#include "expr/calendar.hh"
#include "expr/context.hh"
#include "expr/function.hh"
#include "expr/zone.hh"

namespace flowrun::expr {
namespace {

constexpr std::int64_t day_seconds = 86400;
constexpr std::int64_t billion = 1'000'000'000;

struct Local {
    std::int64_t days;     // since 1970
    std::int64_t seconds;  // of the day
};

using Read = std::int64_t (*)(const Local&, std::uint32_t nanoseconds);

std::int64_t year(const Local& at, std::uint32_t) { return date_of(at.days).year; }
std::int64_t month(const Local& at, std::uint32_t) { return date_of(at.days).month - 1; }
std::int64_t date(const Local& at, std::uint32_t) { return date_of(at.days).day; }
std::int64_t day_of_month(const Local& at, std::uint32_t) { return date_of(at.days).day - 1; }
std::int64_t day_of_year(const Local& at, std::uint32_t) { return at.days - days_of({date_of(at.days).year, 1, 1}); }
std::int64_t day_of_week(const Local& at, std::uint32_t) { return ((at.days + 4) % 7 + 7) % 7; }
std::int64_t hours(const Local& at, std::uint32_t) { return at.seconds / 3600; }
std::int64_t minutes(const Local& at, std::uint32_t) { return at.seconds / 60 % 60; }
std::int64_t seconds(const Local& at, std::uint32_t) { return at.seconds % 60; }
std::int64_t milliseconds(const Local&, std::uint32_t nanoseconds) { return nanoseconds / 1'000'000; }

template <Read Part>
Value at_offset(const Value& moment, std::int64_t offset) {
    const std::int64_t local = moment.i + offset;
    std::int64_t days = local / day_seconds, rest = local % day_seconds;
    if (rest < 0) {
        rest += day_seconds;
        --days;
    }
    return Value::integer(Part({days, rest}, moment.size));
}

template <Read Part>
Value in_utc(const Call& c) {
    return at_offset<Part>(c[0], 0);
}

template <Read Part>
Value in_zone(const Call& c) {
    const auto offset = zone_offset(c.text(1), c[0].i);
    if (offset) return at_offset<Part>(c[0], *offset);
    // A file was looked for in vain, and will be again: that costs more than a step.
    return c.spend(1000) ? c.fail(offset.error(), c[1]) : c.limit();
}

template <std::int64_t Unit>
Value whole(const Call& c) {
    return Value::integer(c[0].i / Unit);
}

Value duration_milliseconds(const Call& c) { return Value::integer(c[0].i % billion / 1'000'000); }

constexpr Function functions[] = {
    {"timestamp:getFullYear() -> int", in_utc<year>},
    {"timestamp:getFullYear(string) -> int", in_zone<year>},
    {"timestamp:getMonth() -> int", in_utc<month>},
    {"timestamp:getMonth(string) -> int", in_zone<month>},
    {"timestamp:getDate() -> int", in_utc<date>},
    {"timestamp:getDate(string) -> int", in_zone<date>},
    {"timestamp:getDayOfMonth() -> int", in_utc<day_of_month>},
    {"timestamp:getDayOfMonth(string) -> int", in_zone<day_of_month>},
    {"timestamp:getDayOfYear() -> int", in_utc<day_of_year>},
    {"timestamp:getDayOfYear(string) -> int", in_zone<day_of_year>},
    {"timestamp:getDayOfWeek() -> int", in_utc<day_of_week>},
    {"timestamp:getDayOfWeek(string) -> int", in_zone<day_of_week>},
    {"timestamp:getHours() -> int", in_utc<hours>},
    {"timestamp:getHours(string) -> int", in_zone<hours>},
    {"timestamp:getMinutes() -> int", in_utc<minutes>},
    {"timestamp:getMinutes(string) -> int", in_zone<minutes>},
    {"timestamp:getSeconds() -> int", in_utc<seconds>},
    {"timestamp:getSeconds(string) -> int", in_zone<seconds>},
    {"timestamp:getMilliseconds() -> int", in_utc<milliseconds>},
    {"timestamp:getMilliseconds(string) -> int", in_zone<milliseconds>},
    {"duration:getHours() -> int", whole<3600 * billion>},
    {"duration:getMinutes() -> int", whole<60 * billion>},
    {"duration:getSeconds() -> int", whole<billion>},
    {"duration:getMilliseconds() -> int", duration_milliseconds},
};

}  // namespace

std::span<const Function> time_functions() { return functions; }

}  // namespace flowrun::expr
