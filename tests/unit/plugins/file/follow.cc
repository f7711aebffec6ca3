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
        CHECK(answer.status == FLOWRUN_E_CANCELLED);
        CHECK(next == steps.size());
    }
    FakeHost host;
    std::vector<Strings> seen;  // all that had come before each step
    Answer answer;
};

const Follow::Step nothing = [] {};

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
    CHECK(host.run().status == FLOWRUN_E_CANCELLED);
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

TEST_CASE("Follow refuses what has no sense") {
    FakeHost host(FLOWRUN_FILE);
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
