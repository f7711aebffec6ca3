// cron: schedules beside a computation that shares nothing with it: every minute of a year, by the C library's clock.

#include <time.h>

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>
#include <set>

#include "expr/zone.hh"
#include "fake_host.hh"

using namespace flowrun::test;
using Strings = std::vector<std::string>;

namespace {

constexpr std::int64_t second = 1'000'000'000, day = 86400;
constexpr std::int64_t new_year_2026 = 1'767'225'600;  // UTC

// A source that runs in a host whose clock stands at `from` (seconds since 1970) until it stands at `to`.
std::vector<std::int64_t> runs_of(const std::string& settings, std::int64_t from, std::int64_t to) {
    FakeHost host(FLOWRUN_CORE);
    host.keep_emitted = false;
    host.now = from * second;
    std::vector<std::int64_t> instants;
    host.on_emit = [&] {
        if (host.now < to * second) instants.push_back(host.now / second);
        else host.stopping = FLOWRUN_E_CANCELLED;
    };
    REQUIRE(host.create("cron", settings));
    (void)host.run();
    return instants;
}

// A schedule for cron and as a condition on a broken-down local time.
struct Schedule {
    const char* text;
    std::function<bool(const tm&)> fits;  // at second 0
    bool named;                           // names hours and minutes, so that each day has them
};
const std::array schedules = {
    Schedule{"0 * * * *", [](const tm& t) { return t.tm_min == 0; }, false},
    Schedule{"*/20 2 * * *", [](const tm& t) { return t.tm_min % 20 == 0 && t.tm_hour == 2; }, false},
    Schedule{"30 2 * * *", [](const tm& t) { return t.tm_min == 30 && t.tm_hour == 2; }, true},
    Schedule{"0,15,30,45 0-3 * * *", [](const tm& t) { return t.tm_min % 15 == 0 && t.tm_hour <= 3; }, true},
    Schedule{"10 1,2 * mar,apr,oct,nov sun,mon-wed/2",
             [](const tm& t) {
                 const bool month = t.tm_mon == 2 || t.tm_mon == 3 || t.tm_mon == 9 || t.tm_mon == 10;
                 return t.tm_min == 10 && (t.tm_hour == 1 || t.tm_hour == 2) && month &&
                        (t.tm_wday == 0 || t.tm_wday == 1 || t.tm_wday == 3);
             },
             true},
    Schedule{"5 4 13 * fri",
             [](const tm& t) { return t.tm_min == 5 && t.tm_hour == 4 && (t.tm_mday == 13 || t.tm_wday == 5); }, true},
    Schedule{"0 12 */10 * 1-5",
             [](const tm& t) {
                 return t.tm_min == 0 && t.tm_hour == 12 && t.tm_mday % 10 == 1 && t.tm_wday >= 1 && t.tm_wday <= 5;
             },
             true},
    Schedule{"59 23 L * *",
             [](const tm& t) {
                 tm next = t;
                 ++next.tm_mday;
                 next.tm_isdst = -1;
                 (void)mktime(&next);
                 return t.tm_min == 59 && t.tm_hour == 23 && next.tm_mday == 1;
             },
             true},
};

class LocalTime {
public:
    explicit LocalTime(const char* zone) {
        setenv("TZ", zone, 1);
        tzset();
    }
    ~LocalTime() {
        setenv("TZ", "UTC", 1);
        tzset();
    }
    LocalTime(const LocalTime&) = delete;
    LocalTime& operator=(const LocalTime&) = delete;
};

tm local(std::int64_t instant) {
    const time_t t = instant;
    tm out{};
    localtime_r(&t, &out);
    return out;
}

// Each minute of the span as the clock on the wall shows it; a gap is gone through minute by minute too.
std::vector<std::int64_t> by_the_clock(const Schedule& schedule, std::int64_t from, std::int64_t to) {
    std::set<std::int64_t> instants;
    std::int64_t furthest = from + local(from).tm_gmtoff;  // local time has been here
    for (std::int64_t t = from + 60; t < to; t += 60) {
        const tm now = local(t);
        const std::int64_t here = t + now.tm_gmtoff;
        if (schedule.named) {
            for (std::int64_t skipped = furthest + 60; skipped < here; skipped += 60) {
                const time_t as_utc = skipped;
                tm would{};
                gmtime_r(&as_utc, &would);
                if (schedule.fits(would)) instants.insert(t);
            }
        }
        const bool again = here <= furthest;
        if (schedule.fits(now) && !(schedule.named && again)) instants.insert(t);
        furthest = std::max(furthest, here);
    }
    return {instants.begin(), instants.end()};
}

}  // namespace

TEST_CASE("A year of each schedule is what the clock on the wall says, in every zone") {
    if (!flowrun::expr::Zone::known("Europe/Prague")) {
        WARN("skipped: the system's time zones are not installed");
        return;
    }
    const std::int64_t from = new_year_2026 + 43, to = from + 366 * day;
    for (const char* zone :
         {"Europe/Prague", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/Santiago"}) {
        const LocalTime there(zone);
        for (const Schedule& schedule : schedules) {
            INFO(zone << ": " << schedule.text);
            const auto wanted = by_the_clock(schedule, from - 43, to);
            REQUIRE(wanted.size() > 10);
            const auto got =
                runs_of(R"({"schedule":")" + std::string(schedule.text) + R"(","timezone":")" + zone + "\"}", from, to);
            CHECK(got == wanted);
        }
    }
}

TEST_CASE("A time that does not exist comes right after the gap, and one that occurs twice comes once") {
    if (!flowrun::expr::Zone::known("Europe/Prague")) return;
    const std::int64_t spring = 1'774'746'000;  // 2026-03-29T01:00Z, 02:00 becomes 03:00
    const std::int64_t autumn = 1'792'890'000;  // 2026-10-25T01:00Z, 03:00 becomes 02:00
    const auto runs = [](const char* schedule, std::int64_t from, std::int64_t to) {
        return runs_of(R"({"timezone":"Europe/Prague","schedule":")" + std::string(schedule) + "\"}", from, to);
    };
    using Instants = std::vector<std::int64_t>;
    CHECK(runs("30 2 * * *", spring - 3600, spring + 7200) == Instants{spring});
    CHECK(runs("15,45 2 * * *", spring - 3600, spring + 7200) == Instants{spring});  // once
    CHECK(runs("0 2,3 * * *", spring - 3600, spring + 7200) == Instants{spring});    // 3:00 is there as well
    CHECK(runs("*/30 2 * * *", spring - 3600, spring + 7200).empty());
    CHECK(runs("*/30 * * * *", spring - 1800, spring + 1801) == Instants{spring, spring + 1800});
    CHECK(runs("30 2 * * *", autumn - 7200, autumn + 7200) == Instants{autumn - 1800});
    CHECK(runs("30 2 * * *", autumn, autumn + 7200).empty());  // begun in the second of both
    CHECK(runs("30 * * * *", autumn - 3600, autumn + 3600) == Instants{autumn - 1800, autumn + 1800});
    CHECK(runs("0 30 2 * * *", autumn - 7200, autumn + 7200) == Instants{autumn - 1800});
    CHECK(runs("*/20 30 2 * * *", autumn - 7200, autumn + 7200).size() == 6);  // follows real time
}

TEST_CASE("A zone that left out a whole day has it right after") {
    if (!flowrun::expr::Zone::known("Pacific/Apia")) return;
    const std::int64_t change = 1'325'239'200;  // 2011-12-30T10:00Z: the 30th was skipped
    CHECK(runs_of(R"({"schedule":"0 12 * * *","timezone":"Pacific/Apia"})", change - 86400, change + 86400) ==
          std::vector<std::int64_t>{change - 43200, change, change + 12 * 3600});
}

TEST_CASE("Each message says for what time it stands, in its zone") {
    FakeHost host(FLOWRUN_CORE);
    host.now = new_year_2026 * second + second / 2;
    REQUIRE(host.create("cron", R"({"schedule":"*/30 * * * *","timezone":"+05:30","count":2})"));
    CHECK(host.run().status == FLOWRUN_OK);
    CHECK(host.jsons() == Strings{R"({"time":"2026-01-01T06:00:00+05:30","n":0,"missed":0})",
                                  R"({"time":"2026-01-01T06:30:00+05:30","n":1,"missed":0})"});
    FakeHost local(FLOWRUN_CORE);
    local.now = new_year_2026 * second;
    local.local_zone = "-03:00";
    REQUIRE(local.create("cron", R"({"schedule":"@monthly","count":1})"));
    CHECK(local.run().status == FLOWRUN_OK);
    CHECK(local.jsons() == Strings{R"({"time":"2026-01-01T00:00:00-03:00","n":0,"missed":0})"});
}

TEST_CASE("Times that come while the flow is busy are missed and told of, or made up for") {
    for (const bool wait : {false, true}) {
        FakeHost host(FLOWRUN_CORE);
        host.now = new_year_2026 * second;
        std::vector<std::int64_t> begun;
        host.downstream = [&](const Emitted&) {
            begun.push_back(host.now / second - new_year_2026);
            if (begun.size() == 1) host.advance(200 * second);
            return Answer{};
        };
        REQUIRE(host.create("cron", wait ? R"({"schedule":"* * * * *","timezone":"UTC","count":4,"overlap":"wait"})"
                                         : R"({"schedule":"* * * * *","timezone":"UTC","count":4})"));
        CHECK(host.run().status == FLOWRUN_OK);
        if (wait) {
            CHECK(begun == std::vector<std::int64_t>{60, 260, 260, 260});
            CHECK(host.emitted[3].json == R"({"time":"2026-01-01T00:04:00Z","n":3,"missed":0})");
            CHECK(host.logged.empty());
        } else {
            CHECK(begun == std::vector<std::int64_t>{60, 300, 360, 420});
            CHECK(host.emitted[1].json == R"({"time":"2026-01-01T00:05:00Z","n":1,"missed":3})");
            CHECK(host.emitted[2].json == R"({"time":"2026-01-01T00:06:00Z","n":2,"missed":0})");
            REQUIRE(host.logged.size() == 1);
            CHECK(host.logged[0].second ==
                  "3 times of the schedule were missed: the flow was still busy with the one of 2026-01-01T00:01:00Z");
        }
    }
}

TEST_CASE("cron ends when it is stopped, and when its schedule does") {
    FakeHost host(FLOWRUN_CORE);
    host.now = new_year_2026 * second;
    REQUIRE(host.create("cron", R"({"schedule":"@hourly"})"));
    host.stopping = FLOWRUN_E_CANCELLED;
    CHECK(host.run().status == FLOWRUN_E_CANCELLED);
    CHECK(host.emitted.empty());
}

TEST_CASE("A message that fails downstream does not end cron") {
    FakeHost host(FLOWRUN_CORE);
    host.now = new_year_2026 * second;
    host.downstream = [](const Emitted&) { return Answer::failed(FLOWRUN_E_FAILED, "no"); };
    REQUIRE(host.create("cron", R"({"schedule":"@daily","count":3})"));
    CHECK(host.run().status == FLOWRUN_OK);
    CHECK(host.emitted.size() == 3);
}

TEST_CASE("A clock that is set back by hours was wrong before: the schedule goes on from there") {
    FakeHost host(FLOWRUN_CORE);
    host.now = (new_year_2026 + 365 * day) * second;
    bool set = false;
    std::vector<std::int64_t> begun;
    host.on_emit = [&] {
        begun.push_back(host.now / second - new_year_2026);
        if (!std::exchange(set, true)) host.now = new_year_2026 * second + 7 * second;
    };
    REQUIRE(host.create("cron", R"({"schedule":"0 * * * *","timezone":"UTC","count":2})"));
    // Within the wait: the first sleep finds the clock a year back.
    CHECK(host.run().status == FLOWRUN_OK);
    CHECK(begun == std::vector<std::int64_t>{365 * day + 3600, 3600});
}

namespace {

// Where the clock is set by so many seconds in the first sleep that begins at `when` or later: when messages came, in
// seconds of the year as the clock showed them, and what was said.
struct ClockSet {
    std::vector<std::int64_t> begun;
    Strings said;
    ClockSet(const std::string& schedule, std::int64_t when, std::int64_t by, int count) {
        FakeHost host(FLOWRUN_CORE);
        host.now = new_year_2026 * second;
        bool set = false;
        host.on_sleep = [&] {
            if (host.now >= (new_year_2026 + when) * second && !std::exchange(set, true)) host.now += by * second;
        };
        host.on_emit = [&] { begun.push_back(host.now / second - new_year_2026); };
        REQUIRE(host.create(
            "cron", R"({"timezone":"UTC","schedule":")" + schedule + R"(","count":)" + std::to_string(count) + "}"));
        CHECK(host.run().status == FLOWRUN_OK);
        for (const auto& [level, text] : host.logged) said.push_back(text);
    }
};

}  // namespace

TEST_CASE("A clock that is set ahead has made nobody busy") {
    const ClockSet minutes("30 * * * * *", 7000, 3600, 120);
    CHECK(minutes.begun[116] == 6990);
    CHECK(minutes.begun[117] == 7050 + 3600);
    CHECK(minutes.begun[118] == 7110 + 3600);
    CHECK(minutes.said ==
          Strings{"60 times of the schedule were missed: the clock was set ahead, or the machine slept, "
                  "until 2026-01-01T02:57:30Z"});
}

TEST_CASE("A clock that is set back is told of; a schedule in real time goes on at once, another where it was") {
    const ClockSet minutes("* * * * *", 7200, -3600, 122);
    CHECK(minutes.begun[118] == 7140);
    CHECK(minutes.begun[119] == 3660);
    CHECK(minutes.begun[120] == 3720);
    CHECK(minutes.said == Strings{"the clock was set back from 2026-01-01T01:59:00Z to 2026-01-01T01:00:00Z"});
    const ClockSet named("0 1,2 * * *", 5400, -3600, 2);
    CHECK(named.begun == std::vector<std::int64_t>{3600, 7200});
    CHECK(named.said == Strings{"the clock was set back from 2026-01-01T01:29:00Z to 2026-01-01T00:30:00Z; the times "
                                "between do not come once more"});
    // The steps by which a clock is kept right are nothing.
    const ClockSet small("*/10 * * * * *", 95, -5, 12);
    CHECK(small.begun[8] == 90);
    CHECK(small.begun[9] == 100);
    CHECK(small.said.empty());
}

TEST_CASE("What is no schedule is refused before the run, with its reason") {
    FakeHost host(FLOWRUN_CORE);
    const auto mistake = [&](const std::string& schedule) {
        return host.mistake("cron", R"({"schedule":")" + schedule + R"(","timezone":"UTC"})");
    };
    for (const char* fine : {"* * * * *", "  0\\t0 * * *  ", "@HOURLY", "@annually", "0 0 L * *", "0 0 15,L 2 *",
                             "0 0 29 2 *", "0 0 * * 7", "0 0 * * fri-sun", "0 0 * * 5-7",
                             "0-59/7 8-18 1-31 JAN-dec Mon", "0 0 0 1 1 *", "59 59 23 31 12 6"}) {
        INFO(fine);
        CHECK(mistake(fine).empty());
    }
    const std::pair<const char*, const char*> wrong[] = {
        {"", "'' has 0 fields, not 5 or 6"},
        {"1 2 3", "'1 2 3' has 3 fields, not 5 or 6"},
        {"1 2 3 4 5 6 7", "has 7 fields"},
        {"60 * * * *", "'60' is no minute"},
        {"* 24 * * *", "'24' is no hour"},
        {"* * 0 * *", "'0' is no day of the month"},
        {"* * 32 * *", "'32' is no day of the month"},
        {"* * * 13 *", "'13' is no month"},
        {"* * * * 8", "'8' is no day of the week"},
        {"* * * mon *", "'mon' is no month"},
        {"60 0 0 1 1 *", "'60' is no second"},
        {"*/0 * * * *", "'0' is no step"},
        {"*/x * * * *", "'x' is no step"},
        {"*/ * * * *", "'' is no step"},
        {"5/10 * * * *", "the step in '5/10' has no range"},
        {"50-10 * * * *", "the range '50-10' of the minute runs backwards"},
        {"1,,2 * * * *", "'' is no minute"},
        {"1, * * * *", "'' is no minute"},
        {"1-2-3 * * * *", "'2-3' is no minute"},
        {"-1 * * * *", "'' is no minute"},
        {"+1 * * * *", "'+1' is no minute"},
        {"1e0 * * * *", "'1e0' is no minute"},
        {"99999999999999999999 * * * *", "is no minute"},
        {"**  * * * *", "'**' is no minute"},
        {"L * * * *", "'L' is no minute"},
        {"0 0 30 2 *", "'0 0 30 2 *' never comes"},
        {"0 0 31 4,6,9,11 *", "never comes"},
        {"@reboot", "a flow does not start with the machine"},
        {"@every", "'@every' is no schedule"},
        {"@every 5m", "'@every' is no schedule"},
        {"@daily 5", "'@daily 5' is no schedule"},
        {"@fortnightly", "'@fortnightly' is no schedule"},
    };
    for (const auto& [schedule, problem] : wrong) {
        INFO(schedule);
        CHECK_THAT(mistake(schedule), Catch::Contains(problem) && Catch::Contains(R"("setting":"schedule")"));
        CHECK_FALSE(host.create("cron", R"({"schedule":")" + std::string(schedule) + "\"}"));
        CHECK_THAT(host.refused, Catch::Contains(problem));
    }
    CHECK_THAT(host.mistake("cron", R"({"schedule":"@daily","timezone":"Mars/Base"})"),
               Catch::Contains("no such zone") && Catch::Contains(R"("setting":"timezone")"));
}

TEST_CASE("Schedules of any bytes are read or refused") {
    FakeHost host(FLOWRUN_CORE);
    std::uint64_t state = 42;
    const std::string_view letters = "0123456789*/-,L @ \\tjanmonsu7";
    for (int i = 0; i < 20'000; ++i) {
        std::string text = i % 2 ? "0 0 " : "";
        for (std::uint64_t n = state % 23; n-- > 0;) {
            state = state * 6364136223846793005U + 1442695040888963407U;
            const char c = letters[(state >> 33U) % letters.size()];
            if (c != '\\') text += c;
        }
        state = state * 6364136223846793005U + 1442695040888963407U;
        (void)host.mistake("cron", R"({"schedule":")" + text + R"(","timezone":"UTC"})");
    }
}

TEST_CASE("Without the runner's zones cron knows UTC alone") {
    FakeHost host(FLOWRUN_CORE);
    host.has_zone = false;
    CHECK_THAT(host.mistake("cron", R"({"schedule":"@daily","timezone":"Europe/Prague"})"),
               Catch::Contains("no time zones but UTC"));
    CHECK(host.mistake("cron", R"({"schedule":"@daily","timezone":"UTC"})").empty());
}
