// Timestamps, durations and time zones.

#include <catch2/catch.hpp>

#include "evaluated.hh"
#include "expr/calendar.hh"
#include "expr/zone.hh"

using namespace flowrun::expr;
using namespace flowrun::expr::test;

TEST_CASE("every day of ten thousand years goes to a date and back") {
    std::int64_t day = days_of({1, 1, 1});
    CHECK(day == -719162);
    for (std::int64_t year = 1; year <= 9999; ++year) {
        for (unsigned month = 1; month <= 12; ++month) {
            for (unsigned d = 1; d <= days_in_month(year, month); d += d < 28 ? 9 : 1) {
                const Date there = date_of(days_of({year, month, d}));
                if (there.year != year || there.month != month || there.day != d)
                    FAIL(year << '-' << month << '-' << d);
            }
            if (days_of({year, month, 1}) != day) FAIL(year << '-' << month);
            day += days_in_month(year, month);
        }
    }
}

TEST_CASE("timestamps are written as RFC 3339 and nothing else") {
    CHECK(holds("timestamp('2026-01-31T08:00:00+02:00') == timestamp('2026-01-31T06:00:00Z')"));
    CHECK(holds("timestamp('2024-02-29T00:00:00Z') + duration('24h') == timestamp('2024-03-01T00:00:00Z')"));
    CHECK(typed("string(timestamp('1969-12-31T23:59:59.999999999Z'))") ==
          with_string("1969-12-31T23:59:59.999999999Z"));
    CHECK(typed("string(timestamp('2026-01-31T08:00:00.120Z'))") == with_string("2026-01-31T08:00:00.12Z"));
    for (const char* text :
         {"2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-01T24:00:00Z",
          "2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z", "2026-01-01", "2026-01-01T00:00:00", "2026-01-01T00:00:00.Z",
          "2026-01-01T00:00:00+2:00", "2026-01-01T00:00:00Z ", "26-01-01T00:00:00Z", "0000-01-01T00:00:00Z",
          "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01"}) {
        INFO(text);
        CHECK(fails(typed("timestamp(dyn('" + std::string(text) + "'))")));
    }
}

TEST_CASE("durations add up their units and refuse what nanoseconds of 64 bits cannot hold") {
    CHECK(parse_duration("1h2m3s4ms5us6ns") == 3723004005006);
    CHECK(parse_duration("1.5h") == 5400000000000);
    CHECK(parse_duration("-.5s") == -500000000);
    CHECK(parse_duration("1µs") == 1000);
    CHECK(parse_duration("0") == 0);
    CHECK(parse_duration("+1s") == 1000000000);
    CHECK(parse_duration("9223372036854775807ns") == INT64_MAX);
    CHECK(parse_duration("-9223372036854775808ns") == INT64_MIN);
    for (const char* text : {"", "1", "s", ".s", "-", "1 s", "1sec", "1d", "1h-1m", "9223372036854775808ns", "2562048h",
                             "1..5s", "1e3s"}) {
        INFO(text);
        CHECK_FALSE(parse_duration(text));
    }
    CHECK(format_duration(INT64_MIN) == "-9223372036.854775808s");
    CHECK(fails(typed("duration('292y')")));
    CHECK(fails(typed("duration('200000000000000000ns') * 2")));
    CHECK(typed("timestamp('2026-01-02T00:00:00Z') - timestamp('2026-01-01T00:00:00Z')") ==
          R"({"duration":{"seconds":"86400","nanos":0}})");
    CHECK(fails(typed("timestamp('9999-01-01T00:00:00Z') - timestamp('0001-01-01T00:00:00Z')"), "range of duration"));
    CHECK(fails(typed("timestamp('9999-12-31T00:00:00Z') + duration('24h')"), "range of timestamp"));
    CHECK(fails(typed("timestamp('2000-01-01T00:00:00Z') - duration('-9223372036854775808ns')"), "beyond the range"));
    CHECK(typed("duration('-1.5s').getMilliseconds()") == with_int(-500));
    CHECK(typed("duration('90m').getHours()") == with_int(1));
}

TEST_CASE("fixed zones and UTC need no zone files") {
    const std::string at = "timestamp('2026-06-30T22:30:00Z')";
    CHECK(typed(at + ".getHours('+02:00')") == with_int(0));
    CHECK(typed(at + ".getDate('+02:00')") == with_int(1));
    CHECK(typed(at + ".getMonth('02:00')") == with_int(6));
    CHECK(typed(at + ".getMinutes('-00:45')") == with_int(45));
    CHECK(typed(at + ".getHours('UTC')") == with_int(22));
    for (const char* zone :
         {"+2:00", "+25:00", "+02:60", "Nowhere/At_All", "../../etc/passwd", "/etc/passwd", "a b", "posixrules\\x00"}) {
        INFO(zone);
        CHECK(fails(typed(at + ".getHours('" + zone + "')")));
    }
}

TEST_CASE("rules of zones hold for all years to come") {
    ZoneRule prague, lord_howe, kolkata, new_york, casey, julian;
    REQUIRE(prague.parse("CET-1CEST,M3.5.0,M10.5.0/3"));
    CHECK(prague.offset(4078429200 - 1) == 3600);  // 2099-03-29T01:00:00Z
    CHECK(prague.offset(4078429200) == 7200);
    CHECK(prague.offset(4096573200 - 1) == 7200);  // 2099-10-25T01:00:00Z
    CHECK(prague.offset(4096573200) == 3600);
    REQUIRE(lord_howe.parse("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0"));
    CHECK(lord_howe.offset(4070908800) == 39600);  // January 2099: summer in the south
    CHECK(lord_howe.offset(4086547200) == 37800);  // July
    REQUIRE(kolkata.parse("IST-5:30"));
    CHECK(kolkata.offset(0) == 19800);
    REQUIRE(new_york.parse("EST5EDT,M3.2.0,M11.1.0"));
    CHECK(new_york.offset(4070908800) == -18000);
    REQUIRE(julian.parse("AAA3BBB,J60/0,J300/0"));
    CHECK(julian.offset(days_of({2096, 3, 1}) * 86400 + 3 * 3600) == -7200);
    CHECK(julian.offset(days_of({2096, 3, 1}) * 86400 + 3 * 3600 - 1) == -10800);
    for (const char* text : {"", "AB1", "A3B,J60/0,J300/0", "CET", "CET-1CEST", "CET-1CEST,M3.5.0",
                             "CET-1CEST,M13.5.0,M10.5.0", "<+0", "CET-1CEST,M3.5.0,M10.5.0x"}) {
        INFO(text);
        CHECK_FALSE(ZoneRule().parse(text));
    }
}

TEST_CASE("zone files are read where they are installed") {
    if (!zone_offset("Europe/Prague", 0)) {
        WARN("skipped: " << zone_offset("Europe/Prague", 0).error());
        return;
    }
    CHECK(*zone_offset("Europe/Prague", 1743296399) == 3600);  // 2025-03-30T00:59:59Z
    CHECK(*zone_offset("Europe/Prague", 1743296400) == 7200);
    CHECK(*zone_offset("Europe/Prague", 4078429200) == 7200);  // 2099, by the rule
    CHECK(*zone_offset("Asia/Kathmandu", 1700000000) == 20700);
    CHECK(*zone_offset("America/New_York", -2000000000) == -18000);
    CHECK(*zone_offset("America/New_York", -5000000000) == -17762);  // local mean time, before the first change
    CHECK(typed("timestamp('2026-07-01T12:00:00Z').getHours('Europe/Prague')") == with_int(14));
}

TEST_CASE("the next change of a zone is where its offset changes, in the file's list and beyond it") {
    const auto prague = Zone::known("Europe/Prague");
    if (!prague) {
        WARN("skipped: " << prague.error());
        return;
    }
    CHECK((*prague)->next_change(1743296399) == 1743296400);
    CHECK((*prague)->next_change(1743296400) == 1761440400);  // 2025-10-26T01:00:00Z
    for (const char* name : {"Europe/Prague", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca",
                             "Europe/Dublin", "America/Santiago", "Asia/Kolkata", "Pacific/Apia"}) {
        INFO(name);
        const Zone& zone = **Zone::known(name);
        // From 1900 to 2100: each change is one, and between two there is none.
        std::int64_t at = -2208988800, changes = 0;
        while (at < 4102444800) {
            const std::int64_t next = zone.next_change(at).value_or(4102444800);
            REQUIRE(next > at);
            for (std::int64_t t = at; t < next; t += std::max<std::int64_t>(1, (next - at) / 7)) {
                REQUIRE(zone.offset(t) == zone.offset(at));
            }
            REQUIRE(zone.offset(next - 1) == zone.offset(at));
            if (next < 4102444800) REQUIRE(zone.offset(next) != zone.offset(at));
            at = next;
            ++changes;
        }
        CHECK(changes > 2);
    }
    CHECK_FALSE(Zone().next_change(0));
    CHECK_FALSE((*Zone::known("+02:00"))->next_change(0));
}

TEST_CASE("the machine's zone is what TZ says, in each of its forms") {
    CHECK(Zone::of_variable("")->offset(0) == 0);
    CHECK(Zone::of_variable(":")->offset(0) == 0);
    CHECK(Zone::of_variable("JST-9")->offset(0) == 32400);
    CHECK(Zone::of_variable("CET-1CEST,M3.5.0,M10.5.0/3")->offset(1751328000) == 7200);
    for (const char* none : {"no such zone", "/no/such/file", "Mars/Olympus", ":Mars/Olympus", "../etc/passwd"}) {
        const auto zone = Zone::of_variable(none);
        REQUIRE_FALSE(zone);
        CHECK(zone.error().find(std::string("TZ=") + none) == 0);
    }
    if (!Zone::known("Asia/Tokyo")) return;
    for (const char* text :
         {"Asia/Tokyo", ":Asia/Tokyo", "/usr/share/zoneinfo/Asia/Tokyo", ":/usr/share/zoneinfo/Asia/Tokyo"}) {
        INFO(text);
        CHECK(Zone::of_variable(text)->offset(0) == 32400);
    }
}

TEST_CASE("without the system's zone files that is what is said, and what needs none works") {
    const auto zone = Zone::read("Europe/Prague", "/nowhere");
    REQUIRE_FALSE(zone);
    CHECK(zone.error() == "the system's time zones are not installed; install tzdata, or write +01:00");
    CHECK(Zone::read("../etc/passwd").error() ==
          "there is no time zone '../etc/passwd'; write a name like Europe/Paris, or +01:00");
    CHECK(*zone_offset("UTC", 0) == 0);
    CHECK(*zone_offset("+01:00", 0) == 3600);
}

TEST_CASE("a broken zone file is an error, whatever is broken in it") {
    CHECK_FALSE(Zone::parse(""));
    CHECK_FALSE(Zone::parse("TZif2"));
    std::string file = "TZif2" + std::string(39, '\0');
    file += "TZif2" + std::string(15, '\0') + std::string(24, '\xff');
    CHECK_FALSE(Zone::parse(file));
}
