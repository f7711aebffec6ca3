#pragma once
// Dates of the Gregorian calendar, and the text forms of timestamps and durations.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace flowrun::expr {

struct Date {
    std::int64_t year = 1970;
    unsigned month = 1;  // 1..12
    unsigned day = 1;    // 1..31
};

std::int64_t days_of(const Date& date);  // since 1970-01-01
Date date_of(std::int64_t days);
unsigned days_in_month(std::int64_t year, unsigned month);

struct Moment {
    std::int64_t seconds = 0;  // since 1970, UTC
    std::uint32_t nanoseconds = 0;
};

// RFC 3339, years 1 to 9999.
std::optional<Moment> parse_moment(std::string_view text);
std::string format_moment(Moment moment);

// "1h30m", "-1.5h", "1ms", "0": units h m s ms us ns. Nothing beyond nanoseconds of 64 bits.
std::optional<std::int64_t> parse_duration(std::string_view text);
std::string format_duration(std::int64_t nanoseconds);  // "90s", "60.001s"

}  // namespace flowrun::expr
