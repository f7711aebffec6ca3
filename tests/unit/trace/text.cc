#include "trace/text.hh"

#include <stdlib.h>
#include <time.h>

#include <catch2/catch.hpp>

#include "spans.hh"

using namespace flowrun;
using namespace flowrun::trace;

namespace {

// Lines show local time: these tests live an hour and a half east of Greenwich.
struct Zone {
    Zone() {
        setenv("TZ", "<+0130>-1:30", 1);
        tzset();
    }
    ~Zone() {
        unsetenv("TZ");
        tzset();
    }
};

std::string duration(std::int64_t nanoseconds) {
    Block out;
    put_duration(out, nanoseconds);
    return std::string(out.view());
}

}  // namespace

TEST_CASE("the lines of one flow are aligned, whatever they hold") {
    Zone zone;
    Text format(order_names(), false);
    CHECK(line_of(format, order_span()) == "14:04:56.008  01234567  orders -> details   sync             1.23ms  ok\n");

    Span async = order_span();
    async.edge = 1;
    async.async = true;
    async.queued = 3'400;
    async.handled = 5'010'000'000;
    async.attempt = 3;
    async.outcome = Outcome::failed;
    async.note = std::make_unique<Note>(Note{"", Code::timeout, "no answer in 5s"});
    CHECK(line_of(format, async) ==
          "14:05:01.017  01234567  details ~> invoice  async   3.40µs    5.01s  failed    try 3  timeout: no answer in "
          "5s\n");

    Span root = order_span();
    root.edge = no_edge;
    root.node = 0;
    root.outcome = Outcome::dropped;
    root.handled = 0;
    CHECK(line_of(format, root) == "14:04:56.007  01234567  orders                                  0ns  dropped\n");
}

TEST_CASE("an attempt beyond the first is shown also when it succeeds") {
    Zone zone;
    Span span = order_span();
    span.attempt = 2;
    CHECK(line_of(Text(order_names(), false), span) ==
          "14:04:56.008  01234567  orders -> details   sync             1.23ms  ok        try 2\n");
}

TEST_CASE("durations have three digits and the unit that fits") {
    CHECK(duration(0) == "0ns");
    CHECK(duration(-5) == "0ns");
    CHECK(duration(999) == "999ns");
    CHECK(duration(1'000) == "1.00µs");
    CHECK(duration(12'345) == "12.3µs");
    CHECK(duration(999'999) == "999µs");
    CHECK(duration(1'000'000) == "1.00ms");
    CHECK(duration(10'050'000) == "10.0ms");
    CHECK(duration(123'456'789) == "123ms");
    CHECK(duration(5'010'000'000) == "5.01s");
    CHECK(duration(59'999'999'999) == "59.9s");
    CHECK(duration(725'000'000'000) == "12m05s");
    CHECK(duration(11'220'000'000'000) == "3h07m");
    CHECK(duration(1'051'200'000'000'000) == "12d04h");
}

TEST_CASE("a very long error is cut at a character, and says by how much") {
    std::string text(1999, 'x');
    for (int i = 0; i < 10; ++i) text += "\xc3\xa9";
    const std::string line = line_of(Text(order_names(), false), failed_span(Code::failed, text));
    CHECK(line.ends_with("xx… (20 more bytes)\n"));
    const std::string whole = line_of(Text(order_names(), false), failed_span(Code::failed, std::string(2000, 'x')));
    CHECK(whole.ends_with("failed: " + std::string(2000, 'x') + "\n"));
}

TEST_CASE("colour marks the outcome and dims what repeats") {
    Zone zone;
    CHECK(line_of(Text(order_names(), true), order_span()) ==
          "\x1b[2m14:04:56.008  01234567\x1b[0m  orders -> details   sync             1.23ms  \x1b[32mok\x1b[0m\n");
}
