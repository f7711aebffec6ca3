// file.read with state: where one run ends the next goes on.

#include <catch2/catch.hpp>

#include <functional>
#include <random>

#include "fake_host.hh"
#include "scratch.hh"

using namespace flowrun::test;
using Strings = std::vector<std::string>;

namespace {

// A run over what is there now.
struct Run {
    explicit Run(const Scratch& scratch, const std::string& settings = "", const std::string& path = "log")
        : host(FLOWRUN_FILE) {
        made = host.create("file.read", "{\"path\":" + quoted(scratch.path(path)) +
                                            ",\"state\":" + quoted(scratch.path("state")) + settings + "}");
    }
    Strings go() {
        REQUIRE(made);
        CHECK(host.run().status == FLOWRUN_OK);
        return host.jsons();
    }
    FakeHost host;
    bool made;
};

Strings read(const Scratch& scratch, const std::string& settings = "", const std::string& path = "log") {
    Run run(scratch, settings, path);
    Strings got = run.go();
    CHECK(run.host.raised.empty());
    return got;
}

}  // namespace

TEST_CASE("Another run reads what has come since, and a line once it is whole") {
    const Scratch scratch;
    scratch.write("log", "1\n2\n3");
    CHECK(read(scratch) == Strings{"1", "2"});
    CHECK(read(scratch).empty());
    scratch.append("log", "3\n4\n");
    CHECK(read(scratch) == Strings{"33", "4"});
    CHECK(read(scratch).empty());
    CHECK(scratch.size() == 2);
}

TEST_CASE("The place of a bad record is told as if the file were read from its start") {
    const Scratch scratch;
    scratch.write("log", "1\n2\n");
    CHECK(read(scratch).size() == 2);
    scratch.append("log", "x\n4\n");
    {
        Run run(scratch, R"(,"place":true)");
        CHECK(run.go() == Strings{R"({"path":")" + scratch.path("log") + R"(","line":4,"offset":6,"value":4})"});
        REQUIRE(run.host.raised.size() == 1);
        CHECK(run.host.raised[0].error.message.find("line 3, byte 4") != std::string::npos);
    }
    CHECK(read(scratch).empty());  // what is bad has been dealt with as well
}

TEST_CASE("csv keeps its header, behind lines that are skipped as well") {
    for (const char* settings : {R"(,"format":"csv")", R"(,"format":"csv","skip":2,"comment":"#")"}) {
        const Scratch scratch;
        const bool skips = std::string(settings).find("skip") != std::string::npos;
        scratch.write("log", std::string(skips ? "made by x\n\"\n# a, b\n" : "") + "a,b\n1,\"2\n2\"\n");
        CHECK(read(scratch, settings) == Strings{R"({"a":"1","b":"2\n2"})"});
        scratch.append("log", "3,4\n");
        CHECK(read(scratch, settings) == Strings{R"({"a":"3","b":"4"})"});
    }
}

TEST_CASE("A record that is too long, and lines before the first, are not gone on within") {
    const Scratch scratch;
    scratch.write("log", "1\n" + std::string(3'000'000, '2'));
    const std::string settings = R"(,"max_line":1000)";
    CHECK(read(scratch, settings) == Strings{"1"});
    scratch.append("log", "\n3\n");
    {
        Run run(scratch, settings);
        CHECK(run.go() == Strings{"3"});
        REQUIRE(run.host.raised.size() == 1);
        CHECK(run.host.raised[0].error.message.find("line 2, byte 2") != std::string::npos);
    }
    const std::string csv = R"(,"format":"csv","skip":2)";
    scratch.write("csv", "x\n");
    CHECK(read(scratch, csv, "csv").empty());
    scratch.append("csv", "y\na,b\n");
    CHECK(read(scratch, csv, "csv").empty());
    scratch.append("csv", "1,2\n");
    CHECK(read(scratch, csv, "csv") == Strings{R"({"a":"1","b":"2"})"});
}

TEST_CASE("A pattern that matches the state file does not mean it") {
    const Scratch scratch;
    scratch.write("log", "1\n");
    CHECK(read(scratch, "", "*") == Strings{"1"});
    scratch.append("log", "2\n");
    CHECK(read(scratch, "", "*") == Strings{"2"});
}

TEST_CASE("blocks go on at the byte") {
    const Scratch scratch;
    scratch.write("log", "abc");
    CHECK(read(scratch, R"(,"format":"blocks")").size() == 1);
    scratch.append("log", "def");
    CHECK(read(scratch, R"(,"format":"blocks","place":true)") ==
          Strings{R"({"path":")" + scratch.path("log") + R"(","offset":3,"value":"ZGVm"})"});
}

TEST_CASE("A file that was renamed between two runs is read to its end, before the one that has its name") {
    const Scratch scratch;
    scratch.write("log", "1\n");
    CHECK(read(scratch) == Strings{"1"});
    scratch.append("log", "2\n3");
    scratch.rename("log", "log.1");
    scratch.write("log", "4\n");
    CHECK(read(scratch) == Strings{"2", "3", "4"});
    CHECK(read(scratch).empty());
    // Where the pattern means both it is no other file.
    scratch.append("log", "5\n");
    scratch.rename("log", "log.2");
    scratch.write("log", "6\n");
    const Strings both = read(scratch, "", "lo*[g2]");
    CHECK(both == Strings{"6", "5"});
}

TEST_CASE("A file that was cut short, or is another by now, is read from its start") {
    const Scratch scratch;
    scratch.write("log", "1\n2\n3\n");
    CHECK(read(scratch).size() == 3);
    scratch.write("log", "4\n");
    {
        Run run(scratch);
        CHECK(run.go() == Strings{"4"});
        REQUIRE(run.host.logged.size() == 1);
        CHECK(run.host.logged[0].second.find("is shorter than what was read of it") != std::string::npos);
    }
    scratch.write("log", "5\n6\n");  // the same file, longer
    CHECK(read(scratch) == Strings{"5", "6"});
    std::filesystem::remove(scratch.path("log"));
    scratch.write("other", "");  // the number may be taken
    scratch.write("log", "7\n8\n9\n");
    CHECK(read(scratch) == Strings{"7", "8", "9"});
}

TEST_CASE("A file of which nothing had been read is found again as well") {
    const Scratch scratch;
    scratch.write("log", "1");
    CHECK(read(scratch).empty());
    scratch.append("log", "2\n");
    scratch.rename("log", "log.1");
    scratch.write("log", "3\n");
    CHECK(read(scratch) == Strings{"12", "3"});
}

TEST_CASE("What was renamed and is gone is told") {
    const Scratch scratch;
    scratch.make("away");
    scratch.write("log", "1\n");
    CHECK(read(scratch).size() == 1);
    scratch.append("log", "2\n");
    scratch.rename("log", "away/log");
    scratch.write("log", "3\n");
    {
        Run run(scratch);
        CHECK(run.go() == Strings{"3"});
        REQUIRE(run.host.logged.size() == 1);
        CHECK(run.host.logged[0].second.find("after byte 2 is not read") != std::string::npos);
    }
    CHECK(read(scratch).empty());
}

TEST_CASE("A follower goes on where it stood") {
    const Scratch scratch;
    scratch.write("log", "1\n2\n");
    for (const Strings& wanted : {Strings{"1", "2"}, Strings{}, Strings{"3"}}) {
        if (!wanted.empty() && wanted[0] == "3") scratch.append("log", "3\n");
        Run run(scratch, R"(,"follow":true)");
        run.host.on_wait = [&] { run.host.stopping = FLOWRUN_E_CANCELLED; };
        CHECK(run.go() == wanted);
    }
    // From the end: once, of what was never read.
    for (const char* name : {"log", "new"}) {
        scratch.append(name, "4\n");
        Run run(scratch, R"(,"follow":true,"from":"end")", name);
        run.host.on_wait = [&] { run.host.stopping = FLOWRUN_E_CANCELLED; };
        CHECK(run.go() == (name == std::string("log") ? Strings{"4"} : Strings{}));
    }
}

TEST_CASE("What the end of the run refused comes again, and what failed does not") {
    const Scratch scratch;
    scratch.write("log", "1\n2\n3\n");
    {
        Run run(scratch);
        REQUIRE(run.made);
        run.host.downstream = [&](const Emitted& message) {
            if (message.json == "1") return Answer::failed(FLOWRUN_E_FAILED, "no");
            run.host.stopping = FLOWRUN_E_CANCELLED;
            return Answer::failed(FLOWRUN_E_CANCELLED, "the run is ending");
        };
        CHECK(run.host.run().status == FLOWRUN_E_CANCELLED);
    }
    CHECK(read(scratch) == Strings{"2", "3"});
}

TEST_CASE("What was saved is there while the run goes on: after a kill only what came since comes again") {
    const Scratch scratch;
    scratch.write("log", "1\n");
    std::string saved;
    Run run(scratch, R"(,"follow":true)");
    int waits = 0;
    run.host.on_wait = [&] {
        saved = scratch.read("state");
        if (++waits == 1) scratch.append("log", "2\n");
        else run.host.stopping = FLOWRUN_E_CANCELLED;
    };
    CHECK(run.go() == Strings{"1", "2"});
    CHECK(saved.find("\"offset\":4") != std::string::npos);
}

TEST_CASE("A state file has one owner, and what is none is left alone") {
    const Scratch scratch;
    scratch.write("log", "1\n");
    {
        Run first(scratch);
        REQUIRE(first.made);
        Run second(scratch);
        CHECK_FALSE(second.made);
        CHECK(second.host.refused.find("is used by another run") != std::string::npos);
        CHECK(first.go().size() == 1);
        Run third(scratch);  // another file has the name by now
        CHECK_FALSE(third.made);
    }
    CHECK(read(scratch).empty());
    for (
        const std::string& other :
        {std::string("hello\n"), std::string("{}"), std::string(R"({"file.read":1,"files":[{}]})"),
         std::string(
             R"({"file.read":1,"files":[{"path":"p","device":1,"inode":1,"offset":-1,"line":1,"beginning":0,"hash":0}]})"),
         std::string(R"({"file.read":2,"files":[]})"), std::string(1, '\0')}) {
        scratch.write("state", other);
        Run run(scratch);
        CHECK_FALSE(run.made);
        CHECK(run.host.refused.find("is no state of file.read") != std::string::npos);
        CHECK(scratch.read("state") == other);
    }
    std::filesystem::remove(scratch.path("state"));
    scratch.make("state");
    CHECK_FALSE(Run(scratch).made);
}

TEST_CASE("A state that is cut or has bytes flipped is refused, or read as one") {
    const Scratch scratch;
    scratch.write("log", "1\n2\n");
    CHECK(read(scratch).size() == 2);
    const std::string whole = scratch.read("state");
    std::mt19937 random(1);
    for (std::size_t i = 0; i < whole.size(); ++i) {
        std::string flipped = whole;
        flipped[i] = static_cast<char>(random());
        for (const std::string& text : {whole.substr(0, i), flipped}) {
            scratch.write("state", text);
            Run run(scratch);
            if (run.made) (void)run.host.run();
        }
    }
}

TEST_CASE("State is refused where it cannot be kept") {
    const Scratch scratch;
    scratch.write("log", "1\n");
    const auto why = [&](const std::string& settings, const std::string& path = "log") {
        Run run(scratch, settings, path);
        CHECK_FALSE(run.made);
        return run.host.refused;
    };
    CHECK(why(R"(,"format":"json")").find("records that each stand alone") != std::string::npos);
    CHECK(why(R"(,"format":"raw")").find("records that each stand alone") != std::string::npos);
    CHECK(why(R"(,"compress":"gzip")") == "'state' is not kept of compressed files");
    CHECK(why("", "log.gz").find("names compressed files") != std::string::npos);
    CHECK_FALSE(scratch.has("state"));
}
