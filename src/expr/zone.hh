#pragma once
// Time zones, from the system's zone files (TZif, RFC 8536).

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flowrun::expr {

// The zone's rule for what lies beyond its list of changes.
class ZoneRule {
public:
    // A POSIX TZ string such as CET-1CEST,M3.5.0,M10.5.0/3; false: none that we can read.
    bool parse(std::string_view text);
    std::int32_t offset(std::int64_t seconds) const;
    // The first moment after this one at which another offset begins; none: never.
    std::optional<std::int64_t> next_change(std::int64_t seconds) const;

private:
    struct Change {
        char form = 'M';  // M: month, week, day; J: day without leap days; D: day of the year from 0
        int month = 0, week = 0, day = 0;
        std::int32_t time = 7200;                       // seconds after midnight, local
        std::int64_t in_year(std::int64_t year) const;  // seconds since 1970, as if local were UTC
    };
    static bool parse_change(std::string_view& text, Change& out);

    std::int32_t standard_ = 0;  // seconds east of UTC
    std::int32_t summer_ = 0;
    bool has_summer_ = false;
    Change begins_, ends_;
};

class Zone {
public:
    // Seconds east of UTC at a moment.
    std::int32_t offset(std::int64_t seconds) const;
    std::optional<std::int64_t> next_change(std::int64_t seconds) const;  // as of ZoneRule

    // By name ("Europe/Paris", "UTC") or fixed ("+02:00", "-03:30", "02:00"). Read once in a process; any thread.
    static std::expected<const Zone*, std::string> known(std::string_view name);
    // The machine's own: what TZ says, else /etc/localtime, else UTC. As it was when it was first asked for. The error: TZ
    // says what is no zone; the C library takes that for UTC.
    static const std::expected<Zone, std::string>& local();

    // Reads the file of a name like Europe/Paris.
    static std::expected<Zone, std::string> read(std::string_view name,
                                                 const std::string& folder = "/usr/share/zoneinfo");
    // From the content of such a file.
    static std::expected<Zone, std::string> parse(std::string_view data);
    // What TZ holds: a name, ":name", a path to a file, or a POSIX rule; UTC where it is empty.
    static std::expected<Zone, std::string> of_variable(std::string_view text);

private:
    static Zone fixed(std::int32_t offset);
    struct Change {
        std::int64_t from;
        std::int32_t offset;
    };
    std::int32_t before_ = 0;
    std::vector<Change> changes_;
    ZoneRule rule_;
    bool has_rule_ = false;
};

// As Zone::known.
std::expected<std::int32_t, std::string> zone_offset(std::string_view zone, std::int64_t seconds);

}  // namespace flowrun::expr
