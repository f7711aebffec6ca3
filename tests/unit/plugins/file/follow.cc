// file.read with follow: what is written later, and files that come, go and change.

#include <unistd.h>

#include <catch2/catch.hpp>

#include <functional>

#include "fake_host.hh"
#include "scratch.hh"

using namespace flowrun::test;
using Strings = std::vector<std::string>;

namespace {

// Follows, and each time when there is nothing to read takes the next step; after the last it is stopped.
struct Follow {
    using Step = std::function<void()>;
    using Steps = std::vector<Step>;

    Follow(const std::string& path, const Steps& steps, const std::string& settings = "") : host(FLOWRUN_FILE) {
        std::size_t next = 0;
        host.on_wait = [&] {
            seen.push_back(host.jsons());
            if (next == steps.size()) host.stopping = FLOWRUN_E_CANCELLED;
            else steps[next++]();
        };
        const std::string json = path.starts_with('[') ? path : quoted(path);
        REQUIRE(host.create("file.read", "{\"follow\":true,\"path\":" + json + settings + "}"));
        answer = host.run();
        CHECK(answer.status == FLOWRUN_OK);
        CHECK(next == steps.size());
    }
    FakeHost host;
    std::vector<Strings> seen;  // all that had come before each step
    Answer answer;
};

const Follow::Step nothing = [] {};
constexpr std::int64_t ms = 1'000'000;

}  // namespace

TEST_CASE("What is written to a followed file comes, each line when it is whole") {
    const Scratch scratch;
    const Follow::Steps steps = {
        [&] { scratch.append("log", "2\n3\n"); },
        [&] { scratch.append("log", "4"); },
        [&] { scratch.append("log", "4\n"); },
    };
    const Follow follow(scratch.write("log", "1\n2"), steps);
    CHECK(follow.seen == std::vector<Strings>{{"1"}, {"1", "22", "3"}, {"1", "22", "3"}, {"1", "22", "3", "44"}});
    CHECK(follow.host.raised.empty());
}

TEST_CASE("A followed file need not be there yet, nor its folder") {
    const Scratch scratch;
    const Follow::Steps steps = {
        nothing,
        [&] { scratch.make("later"); },
        [&] { scratch.write("later/log", "1\n"); },
        nothing,
        [&] { scratch.append("later/log", "2\n"); },
    };
    const Follow follow(scratch.path("later/log"), steps);
    CHECK(follow.seen.back() == Strings{"1", "2"});
    CHECK(follow.host.raised.empty());
    REQUIRE(follow.host.logged.size() == 1);
    CHECK(follow.host.logged[0].second == scratch.path("later/log") + " is not there: waiting for it");
}

TEST_CASE("Rotation by rename: what is left of the old file comes before the new one") {
    const Scratch scratch;
    const Follow::Steps steps = {
        [&] {
            scratch.append("log", "2\n");
            scratch.rename("log", "log.1");
            scratch.write("log", "4\n");
            scratch.append("log.1", "3\n");  // the writer has not noticed yet
        },
        [&] { scratch.append("log", "5\n"); },
    };
    const Follow follow(scratch.write("log", "1\n"), steps);
    CHECK(follow.seen.back() == Strings{"1", "2", "3", "4", "5"});
    CHECK(follow.host.raised.empty());
}

TEST_CASE("A writer who notices late loses nothing, and the old file is dropped when it is quiet") {
    const Scratch scratch;
    Follow::Steps steps = {
        [&] {
            scratch.rename("log", "log.1");
            scratch.write("log", "2\n");
        },
        [&] { scratch.append("log.1", "late\n"); },
        [&] { scratch.append("log.1", "half"); },
    };
    for (int i = 0; i < 10; ++i) steps.push_back(nothing);  // a second each
    steps.push_back([&] { scratch.append("log.1", "much too late\n"); });
    steps.push_back([&] { scratch.append("log", "3\n"); });
    const Follow follow(scratch.write("log", "1\n"), steps, R"(,"format":"lines")");
    CHECK(follow.seen.back() == Strings{"\"1\"", "\"2\"", "\"late\"", "\"half\"", "\"3\""});
}

TEST_CASE("A deleted file is read on, and its successor from its start") {
    const Scratch scratch;
    const Follow::Steps steps = {
        [&] { ::unlink(scratch.path("log").c_str()); },
        nothing,
        [&] { scratch.write("log", "2\n"); },
    };
    const Follow follow(scratch.write("log", "1\n"), steps);
    CHECK(follow.seen.back() == Strings{"1", "2"});
    CHECK(follow.host.logged.empty());
}

TEST_CASE("A file that is cut short is read from its start again") {
    const Scratch scratch;
    const std::string path = scratch.write("log", "{\"a\":1}\n{\"a\":2}\n{\"a\":");
    const Follow::Steps steps = {
        [&] { REQUIRE(::truncate(path.c_str(), 0) == 0); },
        [&] { scratch.append("log", "3\n"); },
        [&] { scratch.write("log", "4\n"); },  // truncated and written at once, to the same size
        [&] { scratch.append("log", "5\n"); },
    };
    const Follow follow(path, steps);
    // The half line of before the cut is a bad record: its end will never come.
    REQUIRE(follow.host.raised.size() == 1);
    CHECK(follow.host.raised[0].error.message.starts_with(path + ", line 3, byte "));
    const Strings last = follow.seen.back();
    CHECK(last.front() == "{\"a\":1}");
    CHECK(last.back() == "5");
    CHECK(std::find(last.begin(), last.end(), "3") != last.end());
}

TEST_CASE("From the end: only what comes later, and not the half line's rest alone") {
    const Scratch scratch;
    const Follow follow(scratch.write("log", "1\n2\n3"), {[&] { scratch.append("log", "3\n4\n"); }},
                        R"(,"from":"end","place":true)");
    const std::string path = "{\"path\":" + quoted(scratch.path("log"));
    CHECK(follow.seen.back() ==
          Strings{path + R"(,"line":1,"offset":4,"value":33})", path + R"(,"line":2,"offset":7,"value":4})"});
}

TEST_CASE("From the end of a file without a line end is from its start, however long") {
    const Scratch scratch;
    const std::string digits(200'000, '1');
    const Follow follow(scratch.write("log", digits), {[&] { scratch.append("log", "\n2\n"); }}, R"(,"from":"end")");
    CHECK(follow.seen.back() == Strings{digits, "2"});
}

TEST_CASE("From the end means the files of the beginning; those that come later are read from their start") {
    const Scratch scratch;
    const Follow::Steps steps = {
        [&] {
            scratch.rename("log", "log.1");
            scratch.write("log", "2\n");
        },
    };
    const Follow follow(scratch.write("log", "1\n"), steps, R"(,"from":"end")");
    CHECK(follow.seen.back() == Strings{"2"});
}

TEST_CASE("A pattern follows all that match and come, and a file that is renamed within it is not read twice") {
    const Scratch scratch;
    scratch.write("a.log", "1\n");
    const Follow::Steps steps = {
        [&] { scratch.write("b.log", "2\n"); },
        [&] {
            scratch.rename("a.log", "a.log.1");
            scratch.write("a.log", "3\n");
        },
        [&] {
            scratch.append("a.log.1", "4\n");
            scratch.append("b.log", "5\n");
        },
        [&] { scratch.write("other", "6\n"); },
    };
    const Follow follow(scratch.path("*.log*"), steps);
    CHECK(follow.seen.back() == Strings{"1", "2", "3", "4", "5"});
}

TEST_CASE("What a rotation has compressed is not read again") {
    const Scratch scratch;
    scratch.write("a.log", "1\n");
    const auto steps = {
        Follow::Step([&] {
            scratch.rename("a.log", "a.log.1");
            scratch.write("a.log", "2\n");
        }),
        Follow::Step([&] {
            scratch.write("a.log.1.gz", "\x1f\x8b\x08");
            ::unlink(scratch.path("a.log.1").c_str());
        }),
    };
    const Follow follow(scratch.path("a.log*"), steps);
    CHECK(follow.seen.back() == Strings{"1", "2"});
    CHECK(follow.host.raised.empty());
    const Follow taken(scratch.write("b.gz", "3\n"), {}, R"(,"compress":"none")");
    CHECK(taken.seen.back() == Strings{"3"});
}

TEST_CASE("Many files have their turns: one that is long does not hold up the others") {
    const Scratch scratch;
    std::string lines;
    while (lines.size() < (20U << 20U))
        lines += "\"0123456789012345678901234567890123456789012345678901234567890123456789\"\n";
    scratch.write("a.log", lines);
    scratch.write("b.log", "1\n");
    FakeHost host(FLOWRUN_FILE);
    host.keep_emitted = false;
    std::uint64_t place = 0;
    host.downstream = [&](const Emitted&) { return Answer{}; };
    host.on_wait = [&] { host.stopping = FLOWRUN_E_CANCELLED; };
    // The record of b.log comes before the last of a.log.
    host.keep_emitted = true;
    host.on_emit = [&] {
        if (host.emitted.back().json == "1") place = host.emitted_count;
        host.emitted.clear();
    };
    REQUIRE(host.create("file.read", "{\"follow\":true,\"path\":" + quoted(scratch.path("*.log")) + "}"));
    CHECK(host.run().status == FLOWRUN_OK);
    CHECK(place > 0);
    CHECK(place < host.emitted_count);
}

TEST_CASE("What cannot be followed is said once, and followed when it can be") {
    const Scratch scratch;
    scratch.make("log");
    const Follow::Steps steps = {
        nothing,
        nothing,
        [&] { std::filesystem::remove(scratch.path("log")); },
        [&] { scratch.write("log", "1\n"); },
    };
    const Follow follow(scratch.path("log"), steps);
    CHECK(follow.seen.back() == Strings{"1"});
    REQUIRE(follow.host.raised.size() == 1);
    CHECK(follow.host.raised[0].error.message == "following " + scratch.path("log") + ": it is a directory");
}

TEST_CASE("A link is followed to its file, and to another when it is set anew") {
    const Scratch scratch;
    scratch.write("one", "1\n");
    scratch.write("two", "2\n");
    scratch.link("one", "log");
    const Follow::Steps steps = {
        [&] {
            scratch.link("two", "new");
            scratch.rename("new", "log");
        },
        [&] { scratch.append("two", "3\n"); },
    };
    const Follow follow(scratch.path("log"), steps);
    CHECK(follow.seen.back() == Strings{"1", "2", "3"});
}

namespace {

// Follows files whose records are taken one after another, with something done at each, until nothing is left to read.
struct HeldUp {
    HeldUp(const std::string& path, const std::function<void(std::size_t)>& at_record, const std::string& settings = "")
        : host(FLOWRUN_FILE) {
        host.on_emit = [this, at_record] { at_record(host.emitted.size()); };
        host.on_wait = [this] { host.stopping = FLOWRUN_E_CANCELLED; };
        REQUIRE(host.create("file.read", "{\"follow\":true,\"path\":" + quoted(path) + settings + "}"));
        CHECK(host.run().status == FLOWRUN_OK);
    }
    FakeHost host;
};

std::string numbers(int from, int count) {
    std::string lines;
    for (int i = from; i < from + count; ++i) lines += std::to_string(i) + "\n";
    return lines;
}

Strings numbered(int count) {
    Strings all;
    for (int i = 0; i < count; ++i) all.push_back(std::to_string(i));
    return all;
}

}  // namespace

TEST_CASE("Files that are renamed while downstream is slow are all read, in their order") {
    const Scratch scratch;
    const HeldUp follow(scratch.write("log", numbers(0, 200)), [&](std::size_t n) {
        if (n != 50 && n != 100 && n != 150) return;
        const int round = static_cast<int>(n / 50);
        scratch.rename("log", "log." + std::to_string(round));
        scratch.write("log", numbers(190 + 10 * round, 10));
    });
    CHECK(follow.host.jsons() == numbered(230));
}

TEST_CASE("Renames one right after the other lose no file") {
    const Scratch scratch;
    const HeldUp follow(scratch.write("log", numbers(0, 10)), [&](std::size_t n) {
        if (n != 5) return;
        for (int round = 1; round <= 20; ++round) {
            for (int old = round - 1; old > 0; --old) {
                scratch.rename("log." + std::to_string(old), "log." + std::to_string(old + 1));
            }
            scratch.rename("log", "log.1");
            scratch.write("log", numbers(10 * round, 10));
        }
    });
    CHECK(follow.host.jsons() == numbered(210));
}

TEST_CASE("A file that is deleted while downstream is slow is read, once a twentieth of a second has gone by") {
    const Scratch scratch;
    HeldUp follow(scratch.write("log", numbers(0, 10)), [&](std::size_t n) {
        if (n != 5) return;
        scratch.rename("log", "log.1");
        scratch.write("log", numbers(10, 10));
        FakeHost::current_host().advance(50 * ms);
        ::unlink(scratch.path("log").c_str());
        scratch.write("log", numbers(20, 10));
    });
    CHECK(follow.host.jsons() == numbered(30));
}

TEST_CASE("A new file has its turn while another has much to read") {
    const Scratch scratch;
    scratch.write("a.log", numbers(0, 1000));
    std::size_t place = 0;
    const HeldUp follow(scratch.path("*.log"), [&](std::size_t n) {
        FakeHost& host = FakeHost::current_host();
        host.advance(20 * ms);  // downstream
        if (n == 10) scratch.write("b.log", "\"new\"\n");
        if (host.emitted.back().json == "\"new\"") place = n;
    });
    CHECK(follow.host.emitted.size() == 1001);
    CHECK(place > 10);
    CHECK(place < 30);
}

TEST_CASE("What has no name any more is read to its end before the source stops, its half line too") {
    const Scratch scratch;
    const auto rotate = [&] {
        scratch.rename("log", "log.1");
        scratch.write("log", "3\nha");
    };
    const Follow follow(scratch.write("log", "1\n2"), {rotate});
    CHECK(follow.host.jsons() == Strings{"1", "3", "2"});
    const Scratch other;
    HeldUp stopped(other.write("log", numbers(0, 10)), [&](std::size_t n) {
        if (n != 5) return;
        other.rename("log", "log.1");
        other.write("log", "\"not read\"\n");
        FakeHost::current_host().stopping = FLOWRUN_E_CANCELLED;
    });
    CHECK(stopped.host.jsons() == numbered(10));
}

TEST_CASE("Where the run takes nothing more the source just ends") {
    const Scratch scratch;
    FakeHost host(FLOWRUN_FILE);
    host.may_drain = false;
    host.on_emit = [&] {
        scratch.rename("log", "log.1");
        host.stopping = FLOWRUN_E_CANCELLED;
    };
    REQUIRE(host.create("file.read", "{\"follow\":true,\"path\":" + quoted(scratch.write("log", "1\n2\n")) + "}"));
    CHECK(host.run().status == FLOWRUN_OK);
    CHECK(host.jsons() == Strings{"1"});
}

TEST_CASE("Folders that come are followed, however deep") {
    const Scratch scratch;
    const Follow::Steps steps = {
        [&] { scratch.make("logs/a/b"); },
        [&] { scratch.write("logs/a/b/1.log", "1\n"); },
        [&] { scratch.append("logs/a/b/1.log", "2\n"); },
        [&] { scratch.write("logs/2.log", "3\n"); },
    };
    scratch.make("logs");
    const Follow follow(scratch.path("logs/**/*.log"), steps);
    CHECK(follow.seen.back() == Strings{"1", "2", "3"});
    const Scratch other;
    const Follow::Steps more = {
        [&] { other.make("one/logs"); },
        [&] { other.write("one/logs/x.log", "1\n"); },
    };
    const Follow starred(other.path("*/logs/x.log"), more);
    CHECK(starred.seen.back() == Strings{"1"});
    CHECK(starred.host.now < 11'000'000'000);  // not only when it was time to look
}

TEST_CASE("Follow refuses what has no sense") {
    FakeHost host(FLOWRUN_FILE);
    CHECK_FALSE(host.create("file.read", R"({"path":"a.gz","follow":true})"));
    CHECK(host.refused ==
          "'a.gz' names compressed files, which cannot be followed, and of which no state is kept; if they are not "
          "compressed set compress: none");
    CHECK_FALSE(host.create("file.read", R"({"path":"a","follow":true,"format":"raw"})"));
    CHECK(host.refused == "format: raw is a file as a whole, and one that is followed never is: set format: blocks");
    CHECK_FALSE(host.create("file.read", R"({"path":"a","follow":true,"compress":"gzip"})"));
    CHECK(host.refused == "a compressed file cannot be followed");
    CHECK_FALSE(host.create("file.read", R"({"path":"a","follow":true,"from":"end","format":"csv"})"));
    CHECK(host.refused == "the header stands at the start of a file: set from: start, or header: false");
}

TEST_CASE("A hundred rotations lose no line and repeat none") {
    const Scratch scratch;
    scratch.write("log", "");
    Follow::Steps steps;
    Strings all;
    for (int i = 0; i < 100; ++i) {
        const std::string a = std::to_string(3 * i), b = std::to_string(3 * i + 1), c = std::to_string(3 * i + 2);
        for (const auto& line : {a, b, c}) all.push_back(line);
        steps.push_back([&scratch, a, b, c] {
            scratch.append("log", a + "\n" + b);
            scratch.rename("log", "log.1");
            scratch.append("log.1", "\n");
            scratch.write("log", c + "\n");
        });
    }
    const Follow follow(scratch.path("log"), steps);
    CHECK(follow.seen.back() == all);
    CHECK(follow.host.raised.empty());
}
