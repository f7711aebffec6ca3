// file.write: modes, places, many files, and what cannot be written.

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include <algorithm>
#include <csignal>
#include <optional>
#include <set>

#include "fake_host.hh"
#include "scratch.hh"
#include "value/json.hh"

using namespace flowrun::test;
using flowrun::value::Node;
using Strings = std::vector<std::string>;

namespace {

constexpr std::int64_t ms = 1'000'000;

// The end of the node and of the run: the first of both that fails.
Answer finished(FakeHost& host) {
    const Answer ended = host.end();
    return ended.status != FLOWRUN_OK ? ended : host.commit();
}

// A node of file.write. `settings` stands behind the path.
struct Write {
    explicit Write(const std::string& path, const std::string& settings = "") : host(FLOWRUN_FILE) {
        made = host.create("file.write", "{\"path\":" + quoted(path) + settings + "}");
    }
    Write& take(const Strings& messages) {
        for (const auto& message : messages) answers.push_back(host.handle(message));
        return *this;
    }
    Answer end() { return host.end(); }
    Answer finish() { return finished(host); }
    FakeHost host;
    bool made;
    std::vector<Answer> answers;
};

// One whose path is the message's `to`, below `root`.
struct Placed {
    explicit Placed(const std::string& root, const std::string& settings = "") : host(FLOWRUN_FILE) {
        made = host.create("file.write", "{\"root\":" + quoted(root) + settings + "}");
        host.settings[0] = [](const Node& m) { return Answer::of(flowrun::value::to_json(*m.member("to"))); };
    }
    Answer take(const std::string& to, int n = 1) {
        return host.handle("{\"to\":" + quoted(to) + ",\"n\":" + std::to_string(n) + "}");
    }
    FakeHost host;
    bool made;
};

std::string line(const std::string& to, int n) {
    return "{\"to\":" + quoted(to) + ",\"n\":" + std::to_string(n) + "}\n";
}

// What file.read makes of a file.
Strings read_again(const std::string& path) {
    FakeHost host(FLOWRUN_FILE);
    REQUIRE(host.create("file.read", "{\"path\":" + quoted(path) + "}"));
    REQUIRE(host.run().status == FLOWRUN_OK);
    CHECK(host.raised.empty());
    return host.jsons();
}

std::size_t open_files() {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}));
}

const auto ignored = std::signal(SIGPIPE, SIG_IGN);  // as the runner does

}  // namespace

TEST_CASE("append writes behind what is there, and makes the file where it is not") {
    const Scratch scratch;
    CHECK(Write(scratch.path("a")).take({"1", "{\"b\" : 2}"}).end().status == FLOWRUN_OK);
    CHECK(scratch.read("a") == "1\n{\"b\" : 2}\n");
    CHECK(Write(scratch.path("a")).take({"3"}).end().status == FLOWRUN_OK);
    CHECK(scratch.read("a") == "1\n{\"b\" : 2}\n3\n");
    Write none(scratch.path("b"));
    CHECK(none.end().status == FLOWRUN_OK);
    CHECK(scratch.read("b").empty());
}

TEST_CASE("append ends a half line that somebody left there, but not in raw") {
    const Scratch scratch;
    Write(scratch.write("a", "1\n{\"x\":")).take({"2"}).end();
    CHECK(scratch.read("a") == "1\n{\"x\":\n2\n");
    Write(scratch.write("b", "1\n{\"x\":"), R"(,"format":"raw")").take({"2"}).end();
    CHECK(scratch.read("b") == "1\n{\"x\":2");
    Write(scratch.write("c", "half")).end();
    CHECK(scratch.read("c") == "half\n");
}

TEST_CASE("append keeps the columns of a csv file that is there, and writes no second header") {
    const Scratch scratch;
    const std::string csv = R"(,"format":"csv")";
    for (const char* name : {"a.csv", "a.csv.gz", "a.csv.zst"}) {
        INFO(name);
        Write(scratch.path(name), csv).take({R"({"x":1,"a b":"p,q"})"}).end();
        Write more(scratch.path(name), csv);
        more.take({R"({"a b":2,"x":3})", R"({"x":4,"c":5})"});
        CHECK(more.answers[0].status == FLOWRUN_OK);
        CHECK(more.answers[1].error.message == "there is no column 'c': the first map names the columns");
        CHECK(more.end().status == FLOWRUN_OK);
        FakeHost host(FLOWRUN_FILE);
        REQUIRE(host.create("file.read", "{\"format\":\"csv\",\"path\":" + quoted(scratch.path(name)) + "}"));
        CHECK(host.run().status == FLOWRUN_OK);
        CHECK(host.jsons() == Strings{R"({"x":"1","a b":"p,q"})", R"({"x":"3","a b":"2"})"});
    }
    CHECK(scratch.read("a.csv") == "x,a b\n1,\"p,q\"\n3,2\n");
    Write(scratch.write("half.csv", "\xEF\xBB\xBF\"x\",y"), csv).take({R"({"y":1})"}).end();
    CHECK(scratch.read("half.csv") == "\xEF\xBB\xBF\"x\",y\n,1\n");
}

TEST_CASE("replace leaves the file as it was until the end, and then it is whole") {
    const Scratch scratch;
    const std::string path = scratch.write("a", "old\n");
    {
        Write write(path, R"(,"mode":"replace","flush":"each")");
        write.take({"1", "2"});
        CHECK(scratch.read("a") == "old\n");
        CHECK(write.end().status == FLOWRUN_OK);
        CHECK(scratch.read("a") == "old\n");
        CHECK(write.host.commit().status == FLOWRUN_OK);
        CHECK(scratch.read("a") == "1\n2\n");
        CHECK(scratch.size() == 1);
    }
    CHECK(scratch.read("a") == "1\n2\n");
    // Without a message, too: as `> a` does.
    Write(path, R"(,"mode":"replace")").finish();
    CHECK(scratch.read("a").empty());
    Write(path, R"(,"mode":"replace","format":"json")").finish();
    CHECK(scratch.read("a") == "[]\n");
}

TEST_CASE("replace leaves the file as it was when the run does not come to its end") {
    const Scratch scratch;
    const std::string path = scratch.write("a", "old\n");
    {
        Write write(path, R"(,"mode":"replace")");
        write.take({"1"});
        CHECK(scratch.size() == 2);
        write.host.stopping = FLOWRUN_E_CANCELLED;
        CHECK(write.end().error.message ==
              path + " is left as it was: the run was cut short; not written: 1 message taken");
        CHECK(write.host.commit().status == FLOWRUN_OK);  // it was told
    }
    CHECK(scratch.read("a") == "old\n");
    CHECK(scratch.size() == 1);
    { Write(path, R"(,"mode":"replace")").take({"1"}); }
    CHECK(scratch.read("a") == "old\n");
    CHECK(scratch.size() == 1);
}

TEST_CASE("replace leaves the file as it was when a source was cut short or something failed, unless told otherwise") {
    struct Case {
        std::uint32_t outcome;
        const char* why;
    };
    for (const Case& one : {Case{FLOWRUN_OUTCOME_CUT_SHORT, "a source was cut short"},
                            Case{FLOWRUN_OUTCOME_CUT_SHORT | FLOWRUN_OUTCOME_FAILED, "a source was cut short"},
                            Case{FLOWRUN_OUTCOME_FAILED, "something failed before"}}) {
        const Scratch scratch;
        const std::string path = scratch.write("a", "old\n");
        {
            Write write(path, R"(,"mode":"replace")");
            write.take({"1"});
            CHECK(write.end().status == FLOWRUN_OK);
            write.host.outcome = one.outcome;  // by what ended later, too
            const Answer end = write.host.commit();
            CHECK(end.status == FLOWRUN_E_CANCELLED);
            CHECK(end.error.message == path + " is left as it was: " + one.why + "; not written: 1 message taken");
        }
        CHECK(scratch.read("a") == "old\n");
        CHECK(scratch.size() == 1);
        {
            Write anyway(path, R"(,"mode":"replace","if_incomplete":"replace")");
            anyway.take({"1"});
            anyway.host.outcome = one.outcome;
            CHECK(anyway.finish().status == FLOWRUN_OK);
        }
        CHECK(scratch.read("a") == "1\n");
        Write appends(path);
        appends.take({"2"});
        appends.host.outcome = one.outcome;
        CHECK(appends.finish().status == FLOWRUN_OK);
        CHECK(scratch.read("a") == "1\n2\n");
    }
}

TEST_CASE("replace works with a runner that cannot tell how the run has gone") {
    const Scratch scratch;
    Write write(scratch.write("a", "old\n"), R"(,"mode":"replace")");
    write.host.has_outcome = false;
    write.take({"1"});
    CHECK(write.finish().status == FLOWRUN_OK);
    CHECK(scratch.read("a") == "1\n");
}

TEST_CASE("replace keeps the permissions of the file, and a link stays a link") {
    const Scratch scratch;
    scratch.write("a", "old\n");
    REQUIRE(::chmod(scratch.path("a").c_str(), 0640) == 0);
    scratch.link("a", "link");
    Write(scratch.path("link"), R"(,"mode":"replace")").take({"1"}).finish();
    struct stat what{};
    REQUIRE(::lstat(scratch.path("a").c_str(), &what) == 0);
    CHECK((what.st_mode & 07777U) == 0640U);
    CHECK(scratch.read("a") == "1\n");
    REQUIRE(::lstat(scratch.path("link").c_str(), &what) == 0);
    CHECK(S_ISLNK(what.st_mode));
}

TEST_CASE("replace replaces files only") {
    const Scratch scratch;
    scratch.make("folder");
    REQUIRE(::mkfifo(scratch.path("fifo").c_str(), 0600) == 0);
    const auto refused = [](const std::string& path) {
        const Write write(path, R"(,"mode":"replace")");
        CHECK_FALSE(write.made);
        return write.host.refused;
    };
    CHECK(refused(scratch.path("folder")) == "replacing " + scratch.path("folder") + ": it is a directory");
    CHECK(refused("/dev/null") == "replacing /dev/null: it is no regular file; set mode: append");
    CHECK(refused(scratch.path("fifo")).ends_with("it is no regular file; set mode: append"));
    CHECK(scratch.size() == 2);
}

TEST_CASE("create makes new files only") {
    const Scratch scratch;
    CHECK(Write(scratch.path("a"), R"(,"mode":"create")").take({"1"}).end().status == FLOWRUN_OK);
    const Write again(scratch.path("a"), R"(,"mode":"create")");
    CHECK_FALSE(again.made);
    CHECK(again.host.refused == scratch.path("a") + " is there already, and mode: create makes new files only");
    CHECK(scratch.read("a") == "1\n");
}

TEST_CASE("What cannot be opened is told before the first message") {
    const Scratch scratch;
    scratch.write("file", "");
    const auto refused = [](const std::string& path, const std::string& settings = "") {
        const Write write(path, settings);
        CHECK_FALSE(write.made);
        return write.host.refused;
    };
    CHECK(refused(scratch.path("no/a")) ==
          "opening " + scratch.path("no/a") +
              ": No such file or directory: its folder is missing (make_folders: true makes it)");
    CHECK(refused(scratch.path("no/a"), R"(,"mode":"replace")").ends_with("(make_folders: true makes it)"));
    CHECK(refused(scratch.path("file/a")) == "opening " + scratch.path("file/a") + ": Not a directory");
    CHECK(refused(scratch.path("file/a"), R"(,"make_folders":true)") ==
          "making the folder of " + scratch.path("file/a") + ": Not a directory");
    CHECK(refused("/") == "'/' is no name of a file");
    CHECK(refused("a/..") == "'a/..' is no name of a file");
    CHECK(refused("a", R"(,"mode":"append","format":"json")") ==
          "format: json is one list and cannot be appended to: use ndjson, or mode: replace");
    CHECK(refused("a", R"(,"per":"message")") ==
          "per: message makes a file of each message: set mode: replace or create");
    CHECK(refused("a.gz", R"(,"level":12)") == "'level' of gzip is 1 to 9");
    CHECK(refused("a", R"(,"root":"/no/such")") == "opening the root /no/such: No such file or directory");
    FakeHost host(FLOWRUN_FILE);
    CHECK_FALSE(host.create("file.write", "{}"));
    CHECK(host.refused == "'path' depends on the message: set 'root', the folder that no path may leave");
}

TEST_CASE("Folders are made where it is wanted") {
    const Scratch scratch;
    Write(scratch.path("x/y/z/a"), R"(,"make_folders":true)").take({"1"}).end();
    CHECK(scratch.read("x/y/z/a") == "1\n");
    Placed placed(scratch.path("x"), R"(,"make_folders":true,"mode":"replace")");
    CHECK(placed.take("p/q").status == FLOWRUN_OK);
    CHECK(placed.take("y/z/b").status == FLOWRUN_OK);
    CHECK(finished(placed.host).status == FLOWRUN_OK);
    CHECK(scratch.read("x/p/q") == line("p/q", 1));
    CHECK(scratch.read("x/y/z/b") == line("y/z/b", 1));
}

TEST_CASE("No path leaves the root, in any mode") {
    for (const char* mode : {"append", "replace", "create"}) {
        for (const char* more : {"", R"(,"make_folders":true)"}) {
            INFO(mode << more);
            const Scratch scratch;
            scratch.make("root/in/deep");
            scratch.make("out");
            scratch.write("out/there", "old");
            scratch.link("../out", "root/away");
            scratch.link(scratch.path("out"), "root/absolute");
            scratch.link("../out/there", "root/file");
            scratch.link("in/deep", "root/within");
            scratch.link("../../root/in", "root/in/back");  // leaves, and comes back
            scratch.link("/proc/self/root/tmp", "root/magic");
            Placed placed(scratch.path("root"), R"(,"mode":")" + std::string(mode) + "\"" + more);
            REQUIRE(placed.made);
            const auto outside = [&](const std::string& to) {
                const Answer answer = placed.take(to);
                INFO(to);
                CHECK(answer.status == FLOWRUN_E_INVALID);
                return answer.error.message;
            };
            CHECK(outside("../out/new") == "'../out/new' leads out of 'root'");
            CHECK(outside("in/../../out/new") == "'in/../../out/new' leads out of 'root'");
            CHECK(outside("away/new") == "'away/new' leads out of 'root'");
            CHECK(outside("absolute/new") == "'absolute/new' leads out of 'root'");
            CHECK(outside("in/back/x") == "'in/back/x' leads out of 'root'");
            CHECK(outside(scratch.path("out/new")) ==
                  "'" + scratch.path("out/new") + "' is absolute; paths are meant from 'root'");
            CHECK(outside("..") == "'..' is no name of a file");
            CHECK(outside("in/") == "'in/' is no name of a file");
            CHECK(outside("") == "'' is no name of a file");
            CHECK(placed.host.handle(R"({"to":"a\u0000b"})").error.message == "'path' holds a NUL");
            CHECK(placed.host.handle(R"({"to":7})").error.message == "'path' gave a number, not a string");
            CHECK(placed.take("magic/new").status < 0);
            (void)placed.take("file");  // replace puts a file in the link's place
            CHECK(placed.take("in/../ok").status == FLOWRUN_OK);
            CHECK(placed.take("within/ok").status == FLOWRUN_OK);
            CHECK(finished(placed.host).status == FLOWRUN_OK);
            CHECK(scratch.read("out/there") == "old");
            CHECK_FALSE(scratch.has("out/new"));
            CHECK_FALSE(scratch.has("new"));
            CHECK(scratch.read("root/ok") == line("in/../ok", 1));
            CHECK(scratch.read("root/in/deep/ok") == line("within/ok", 1));
        }
    }
}

TEST_CASE("Many paths: each file gets its own, and few are open at once") {
    for (const char* mode : {"append", "replace", "create"}) {
        for (const char* end : {"", ".gz", ".zst"}) {
            INFO(mode << end);
            const Scratch scratch;
            const std::size_t before = open_files();
            Placed placed(scratch.path(""), R"(,"max_open":4,"mode":")" + std::string(mode) + "\"");
            std::size_t most = 0;
            for (int i = 0; i < 300; ++i) {
                REQUIRE(placed.take("f" + std::to_string(i * 7 % 30) + end, i).status == FLOWRUN_OK);
                most = std::max(most, open_files());
            }
            CHECK(most <= before + 5);  // and the root
            CHECK(finished(placed.host).status == FLOWRUN_OK);
            CHECK(scratch.size() == 30);
            for (int f = 0; f < 30; ++f) {
                const std::string name = "f" + std::to_string(f) + end;
                Strings expected;
                for (int i = 0; i < 300; ++i) {
                    if (i * 7 % 30 == f) expected.push_back(line(name, i).substr(0, line(name, i).size() - 1));
                }
                CHECK(read_again(scratch.path(name)) == expected);
            }
        }
    }
}

TEST_CASE("Many csv and json files keep their columns and their lists while they are closed") {
    const Scratch scratch;
    Placed csv(scratch.path(""), R"(,"max_open":1,"format":"csv")");
    for (int i = 0; i < 3; ++i) {
        for (const char* to : {"a.csv", "b.csv"}) REQUIRE(csv.take(to, i).status == FLOWRUN_OK);
    }
    CHECK(finished(csv.host).status == FLOWRUN_OK);
    CHECK(scratch.read("a.csv") == "to,n\na.csv,0\na.csv,1\na.csv,2\n");
    Placed json(scratch.path(""), R"(,"max_open":1,"format":"json","mode":"replace")");
    for (int i = 0; i < 2; ++i) {
        for (const char* to : {"a.json", "b.json"}) REQUIRE(json.take(to, i).status == FLOWRUN_OK);
    }
    CHECK(finished(json.host).status == FLOWRUN_OK);
    CHECK(scratch.read("b.json") == "[\n{\"to\":\"b.json\",\"n\":0},\n{\"to\":\"b.json\",\"n\":1}\n]\n");
}

TEST_CASE("per: message makes a file of each message, whole when the message is done") {
    const Scratch scratch;
    Placed replace(scratch.path(""), R"(,"mode":"replace","per":"message","format":"json")");
    CHECK(replace.take("a", 1).status == FLOWRUN_OK);
    CHECK(scratch.read("a") == line("a", 1));
    CHECK(replace.take("a", 2).status == FLOWRUN_OK);
    CHECK(scratch.read("a") == line("a", 2));
    CHECK(scratch.size() == 1);
    Placed create(scratch.path(""), R"(,"mode":"create","per":"message")");
    CHECK(create.take("a", 3).error.message == "a is there already, and mode: create makes new files only");
    CHECK(create.take("b", 4).status == FLOWRUN_OK);
    CHECK(scratch.read("b") == line("b", 4));
    // What the format cannot hold leaves no file.
    Placed csv(scratch.path(""), R"(,"mode":"create","per":"message","format":"csv")");
    csv.host.settings[0] = [](const Node&) { return Answer::of("\"c\""); };
    CHECK(csv.host.handle("7").status == FLOWRUN_E_INVALID);
    CHECK_FALSE(scratch.has("c"));
    CHECK(csv.host.handle("[7]").status == FLOWRUN_OK);
    CHECK(scratch.read("c") == "7\n");
}

TEST_CASE("auto writes soon, each at once, end when there is much") {
    const Scratch scratch;
    Write soon(scratch.path("a"));
    soon.take({"1", "2"});
    CHECK(scratch.read("a").empty());
    CHECK(soon.host.timers() == 1);
    soon.host.advance(100 * ms);
    CHECK(scratch.read("a") == "1\n2\n");
    CHECK(soon.host.timers() == 0);
    Write each(scratch.path("b"), R"(,"flush":"each")");
    each.take({"1"});
    CHECK(scratch.read("b") == "1\n");
    Write end(scratch.path("c"), R"(,"flush":"end")");
    end.take({"1"});
    CHECK(end.host.timers() == 0);
    CHECK(scratch.read("c").empty());
    for (int i = 0; i < 100; ++i) end.take({quoted(std::string(1000, 'x'))});
    CHECK(scratch.read("c").size() > 60'000);
    CHECK(end.end().status == FLOWRUN_OK);
    CHECK(scratch.read("c").size() == 2 + 100 * 1003);
}

TEST_CASE("Compressed files can be read by others, and appended to") {
    const Scratch scratch;
    for (const char* name : {"a.gz", "a.zst"}) {
        Write(scratch.path(name)).take({"1", "2"}).end();
        Write(scratch.path(name), R"(,"flush":"each","level":9)").take({"3", "4"}).end();
        CHECK(read_again(scratch.path(name)) == Strings{"1", "2", "3", "4"});
    }
    CHECK(scratch.read("a.gz").starts_with("\x1f\x8b"));
    CHECK(scratch.read("a.zst").starts_with("\x28\xb5\x2f\xfd"));
    Write(scratch.path("b"), R"(,"compress":"gzip")").take({"1"}).end();
    CHECK(scratch.read("b").starts_with("\x1f\x8b"));
    Write(scratch.path("c.gz"), R"(,"compress":"none")").take({"1"}).end();
    CHECK(scratch.read("c.gz") == "1\n");
}

TEST_CASE("flush: each can be read at once where it is compressed as well") {
    const Scratch scratch;
    for (const char* name : {"a.gz", "a.zst"}) {
        Write write(scratch.path(name), R"(,"flush":"each")");
        for (const char* message : {"1", "2"}) {
            write.take({message});
            // A copy: what the same process writes it does not read.
            const std::string copy = scratch.write("copy", scratch.read(name));
            FakeHost host(FLOWRUN_FILE);
            REQUIRE(host.create("file.read", "{\"path\":" + quoted(copy) + "}"));
            (void)host.run();
            REQUIRE(host.emitted.size() == write.answers.size());
            CHECK(host.jsons().back() == message);
        }
        CHECK(write.end().status == FLOWRUN_OK);
        CHECK(read_again(scratch.path(name)) == Strings{"1", "2"});
    }
}

TEST_CASE("A message that the format cannot hold leaves no trace of itself") {
    const Scratch scratch;
    Write write(scratch.path("a"), R"(,"format":"csv")");
    write.take({R"({"a":1})", R"({"a":1,"b":2})", "7", R"({"a":3})"});
    CHECK(write.answers[1].status == FLOWRUN_E_INVALID);
    CHECK(write.answers[2].status == FLOWRUN_E_INVALID);
    write.end();
    CHECK(scratch.read("a") == "a\n1\n3\n");
}

TEST_CASE("A device without room: nothing counts as done that is not on it, or it is told") {
    Write each("/dev/full", R"(,"flush":"each")");
    each.take({"1", "2"});
    for (const auto& answer : each.answers) {
        CHECK(answer.status == FLOWRUN_E_UNAVAILABLE);
        CHECK(answer.error.message == "writing /dev/full: No space left on device");
        CHECK(answer.error.detail == R"({"path":"/dev/full","errno":"ENOSPC"})");
    }
    CHECK(each.end().status == FLOWRUN_OK);  // nothing was taken
    Write end("/dev/full", R"(,"flush":"end")");
    end.take({"1", "2"});
    CHECK(end.answers[1].status == FLOWRUN_OK);
    CHECK(end.end().error.message == "writing /dev/full: No space left on device; not written: up to 2 messages taken");
    Write soon("/dev/full");
    soon.take({"1", "2"});
    soon.host.advance(100 * ms);
    soon.take({"3"});
    CHECK(soon.answers[2].error.message ==
          "writing /dev/full: No space left on device; not written: up to 2 messages before it");
}

TEST_CASE("When several files cannot be finished the first is told, and how many others") {
    FakeHost host(FLOWRUN_FILE);
    REQUIRE(host.create("file.write", R"({"root":"/dev"})"));
    host.settings[0] = [](const Node& m) { return Answer::of(flowrun::value::to_json(m)); };
    CHECK(host.handle("\"full\"").status == FLOWRUN_OK);
    CHECK(host.handle("\"./full\"").status == FLOWRUN_OK);
    CHECK(host.end().error.message ==
          "writing ./full: No space left on device; not written: up to 1 message taken; and 1 other file could not be "
          "finished");
}

TEST_CASE("A FIFO without a reader is refused, one that is full is waited for until a stop") {
    const Scratch scratch;
    const std::string path = scratch.path("fifo");
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    const Write nobody(path);
    CHECK_FALSE(nobody.made);
    CHECK(nobody.host.refused == "opening " + path + ": nobody reads this FIFO, or there is no such device");

    const int reader = ::open(path.c_str(), O_RDONLY | O_NONBLOCK);
    Write write(path, R"(,"flush":"each")");
    REQUIRE(write.made);
    std::string block(1U << 16U, '\0');
    std::size_t waits = 0, read = 0;
    write.host.on_wait = [&] {
        if (++waits > 3) write.host.stopping = FLOWRUN_E_CANCELLED;
        else if (const auto got = ::read(reader, block.data(), block.size()); got > 0)
            read += static_cast<std::size_t>(got);
    };
    write.take({quoted(std::string(200'000, 'x'))});
    CHECK(read >= 100'000);
    CHECK(write.answers[0].status == FLOWRUN_OK);
    write.take({quoted(std::string(500'000, 'x'))});
    CHECK(write.answers[1].error.message == "the run ended before " + path + " could take more");
    ::close(reader);
    write.host.stopping = FLOWRUN_OK;
    write.take({"1"});
    CHECK(write.answers[2].error.message.starts_with("writing " + path + ": Broken pipe"));
}

TEST_CASE("The failure of a path that cannot be made from the message is the message's") {
    const Scratch scratch;
    Placed placed(scratch.path(""));
    placed.host.settings[0] = [](const Node&) { return Answer::failed(FLOWRUN_E_INVALID, "no such key"); };
    CHECK(placed.host.handle("1").status == FLOWRUN_E_INVALID);
    CHECK(scratch.size() == 0);
}

TEST_CASE("Two nodes may append to one file: their records do not mix") {
    const Scratch scratch;
    Write a(scratch.path("a")), b(scratch.path("a"));
    for (int i = 0; i < 5000; ++i) {
        (i % 2 == 0 ? a : b).take({quoted(std::string(static_cast<std::size_t>(i % 97), 'x') + std::to_string(i))});
    }
    a.end();
    b.end();
    const Strings all = read_again(scratch.path("a"));
    CHECK(all.size() == 5000);
    CHECK(std::set<std::string>(all.begin(), all.end()).size() == 5000);
}

namespace {

// No file may grow beyond `size` bytes: a write to it ends within a record.
class SizeLimit {
public:
    explicit SizeLimit(rlim_t size) {
        REQUIRE(::getrlimit(RLIMIT_FSIZE, &before_) == 0);
        const rlimit now{size, before_.rlim_max};
        REQUIRE(::setrlimit(RLIMIT_FSIZE, &now) == 0);
    }
    SizeLimit(const SizeLimit&) = delete;
    SizeLimit& operator=(const SizeLimit&) = delete;
    ~SizeLimit() { (void)::setrlimit(RLIMIT_FSIZE, &before_); }

private:
    rlimit before_{};
};

const auto too_large_ignored = std::signal(SIGXFSZ, SIG_IGN);

}  // namespace

TEST_CASE("flush: each: a message of which a part was written has failed, and leaves no part where that can be") {
    const Scratch scratch;
    Write alone(scratch.path("a"), R"(,"flush":"each")");
    {
        const SizeLimit limit(6);
        alone.take({"11", "22", "33"});
    }
    CHECK(alone.answers[2].status < 0);
    CHECK(scratch.read("a") == "11\n22\n");
    alone.take({"44"});
    CHECK(alone.end().status == FLOWRUN_OK);
    CHECK(scratch.read("a") == "11\n22\n44\n");

    // What others write to as well is not cut; then the part is a line of its own.
    Write one(scratch.path("b"), R"(,"flush":"each")"), other(scratch.path("b"));
    {
        const SizeLimit limit(7);
        one.take({"11", "22", "33"});
    }
    CHECK(one.answers[2].status < 0);
    one.take({"44"});
    CHECK(one.end().status == FLOWRUN_OK);
    CHECK(other.end().status == FLOWRUN_OK);
    CHECK(scratch.read("b") == "11\n22\n3\n44\n");
}

TEST_CASE("A file that is renamed or removed while it is appended to is made anew") {
    const Scratch scratch;
    Write write(scratch.path("a"), R"(,"flush":"each")");
    write.take({"1"});
    scratch.rename("a", "a.1");
    write.host.advance(60 * ms);
    write.take({"2"});
    CHECK(scratch.read("a.1") == "1\n");
    CHECK(scratch.read("a") == "2\n");
    ::unlink(scratch.path("a").c_str());
    write.take({"3"});  // at once: what is removed is seen before each write
    CHECK(scratch.read("a") == "3\n");
    CHECK(write.end().status == FLOWRUN_OK);

    Write soon(scratch.path("b"));
    soon.take({"1"});
    ::unlink(scratch.path("b").c_str());
    soon.host.advance(100 * ms);
    CHECK(scratch.read("b") == "1\n");
    soon.take({"2"});
    ::unlink(scratch.path("b").c_str());
    CHECK(soon.end().status == FLOWRUN_OK);
    CHECK(scratch.read("b") == "2\n");
}

TEST_CASE("A file that is made anew has its header, and a compressed one is whole") {
    const Scratch scratch;
    Write csv(scratch.path("a.csv"), R"(,"format":"csv","flush":"each")");
    csv.take({R"({"x":1})"});
    scratch.rename("a.csv", "old.csv");
    csv.host.advance(60 * ms);
    csv.take({R"({"x":2})"});
    CHECK(csv.end().status == FLOWRUN_OK);
    CHECK(scratch.read("old.csv") == "x\n1\n");
    CHECK(scratch.read("a.csv") == "x\n2\n");
    for (const char* name : {"b.gz", "b.zst"}) {
        Write packed(scratch.path(name));
        packed.take({"1", "2"});
        scratch.rename(name, std::string("old-") + name);
        packed.host.advance(60 * ms);
        packed.take({"3"});
        CHECK(packed.end().status == FLOWRUN_OK);
        CHECK(read_again(scratch.path(std::string("old-") + name)) == Strings{"1", "2"});
        CHECK(read_again(scratch.path(name)) == Strings{"3"});
    }
}

TEST_CASE("A file whose name another file has taken is left for that") {
    const Scratch scratch;
    Write write(scratch.path("a"), R"(,"flush":"each")");
    write.take({"1"});
    scratch.rename("a", "a.1");
    scratch.write("a", "half");
    write.host.advance(60 * ms);
    write.take({"2"});
    CHECK(scratch.read("a") == "half\n2\n");
    // Where it cannot be made again the message fails, and nothing goes where nobody looks for it.
    scratch.rename("a", "a.2");
    scratch.make("a");
    write.host.advance(60 * ms);
    write.take({"3"});
    CHECK(write.answers.back().status < 0);
    CHECK(scratch.read("a.2") == "half\n2\n");
}

TEST_CASE("A torn compressed file is not appended to") {
    const Scratch scratch;
    for (const char* name : {"a.gz", "a.zst"}) {
        Write(scratch.path(name)).take({quoted(std::string(1000, 'x')), "2"}).end();
        const std::string whole = scratch.read(name);
        for (const std::size_t size : {std::size_t{1}, whole.size() / 2, whole.size() - 1}) {
            const std::string path = scratch.write(name, whole.substr(0, size));
            const Write torn(path);
            CHECK_FALSE(torn.made);
            CHECK(torn.host.refused ==
                  "appending to " + path +
                      ": it is cut off: it ends within its compressed data; what is appended could not be read: move "
                      "it away, or set mode: replace");
            CHECK(scratch.read(name) == whole.substr(0, size));
        }
        const Write other(scratch.write(name, "plain text\n"));
        CHECK_FALSE(other.made);
        CHECK(other.host.refused.find(": it is damaged, or not compressed in this way;") != std::string::npos);
        ::unlink(scratch.path(name).c_str());
    }
}

TEST_CASE("A batch is taken message by message") {
    const Scratch scratch;
    Write csv(scratch.path("a.csv"), R"(,"format":"csv")");
    const std::vector<Answer> answers = csv.host.handle_batch({R"({"x":1})", "7", R"({"x":2})"});
    REQUIRE(answers.size() == 3);
    CHECK(answers[0].status == FLOWRUN_OK);
    CHECK(answers[1].error.message == "a csv row is made from a map or a list, and this is a number");
    CHECK(answers[2].status == FLOWRUN_OK);
    CHECK(csv.host.timers() == 1);
    CHECK(csv.end().status == FLOWRUN_OK);
    CHECK(scratch.read("a.csv") == "x\n1\n2\n");
}

TEST_CASE("How many files are kept until the end is bounded") {
    for (const char* mode : {"replace", "create"}) {
        const Scratch scratch;
        Placed placed(scratch.path(""), R"(,"max_files":2,"max_open":1,"mode":")" + std::string(mode) + "\"");
        CHECK(placed.take("a").status == FLOWRUN_OK);
        CHECK(placed.take("b").status == FLOWRUN_OK);
        const Answer third = placed.take("c");
        CHECK(third.status == FLOWRUN_E_OVERFLOW);
        CHECK(third.error.message == "a run keeps at most 2 files until its end, as max_files says: no room for c");
        CHECK(placed.take("a").status == FLOWRUN_OK);
        CHECK(finished(placed.host).status == FLOWRUN_OK);
        CHECK(scratch.size() == 2);
    }
}

TEST_CASE("What is read is not appended to, and what is appended to is not read") {
    const Scratch scratch;
    const std::string path = scratch.write("a", "1\n2\n");
    {
        FakeHost reads(FLOWRUN_FILE);
        std::optional<Write> write;
        reads.on_emit = [&] {
            if (!write) write.emplace(path);
        };
        REQUIRE(reads.create("file.read", "{\"path\":" + quoted(path) + "}"));
        (void)reads.run();
        CHECK_FALSE(write->made);
        CHECK(write->host.refused == path + " is read by this flow, which would read what it appends without end");
    }
    const Write write(path);
    REQUIRE(write.made);
    FakeHost host(FLOWRUN_FILE);
    REQUIRE(host.create("file.read", "{\"path\":" + quoted(path) + "}"));
    (void)host.run();
    CHECK(host.emitted.empty());
    REQUIRE(host.raised.size() == 1);
    CHECK(host.raised[0].error.message == path + " is appended to by this flow, which would read that without end");
}

TEST_CASE("What a slow reader has not taken when the run is cut short is told with its number") {
    const Scratch scratch;
    const std::string path = scratch.path("fifo");
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    const int reader = ::open(path.c_str(), O_RDONLY | O_NONBLOCK);
    Write write(path, R"(,"flush":"end")");
    REQUIRE(write.made);
    for (int i = 0; i < 2; ++i) write.take({quoted(std::string(60'000, 'x'))});
    write.host.on_wait = [&] { write.host.stopping = FLOWRUN_E_CANCELLED; };
    CHECK(write.end().error.message ==
          "the run ended before " + path + " could take more; not written: up to 2 messages taken");
    ::close(reader);
}

TEST_CASE("A file that has had enough makes room: by size, by messages, by time") {
    const Scratch scratch;
    Write size(scratch.path("a"), R"(,"rotate":{"size":6,"keep":2})");
    size.take({"11", "22", "33", "44", "55", "66", "77"});
    CHECK(size.end().status == FLOWRUN_OK);
    CHECK(scratch.read("a.2") == "33\n44\n");  // and what was before it is gone
    CHECK(scratch.read("a.1") == "55\n66\n");
    CHECK(scratch.read("a") == "77\n");
    CHECK_FALSE(scratch.has("a.3"));

    Write messages(scratch.path("b.csv"), R"(,"format":"csv","rotate":{"messages":2})");
    messages.take({R"({"x":1})", R"({"x":2})", R"({"x":3})"});
    CHECK(messages.end().status == FLOWRUN_OK);
    CHECK(scratch.read("b.csv.1") == "x\n1\n2\n");
    CHECK(scratch.read("b.csv") == "x\n3\n");

    Write time(scratch.path("c.gz"), R"(,"rotate":{"every":1000000000})");
    time.take({"1"});
    time.host.advance(999 * ms);
    time.take({"2"});
    time.host.advance(ms);
    time.take({"3"});
    CHECK(time.end().status == FLOWRUN_OK);
    CHECK(read_again(scratch.path("c.gz.1")) == Strings{"1", "2"});
    CHECK(read_again(scratch.path("c.gz")) == Strings{"3"});
}

TEST_CASE("What is there counts for the size, and an empty file makes no room") {
    const Scratch scratch;
    Write write(scratch.write("a", "old\n"), R"(,"rotate":{"size":4,"every":1})");
    write.take({"1"});
    write.host.advance(10 * ms);
    CHECK(write.end().status == FLOWRUN_OK);
    CHECK(scratch.read("a.1") == "old\n");
    CHECK(scratch.read("a") == "1\n");
    CHECK_FALSE(scratch.has("a.2"));
}

TEST_CASE("Files that made room are compressed, those that a killed process left as well") {
    for (const auto& [name, end] : {std::pair("gzip", ".gz"), std::pair("zstd", ".zst")}) {
        const Scratch scratch;
        scratch.write("a.1", "0\n");
        Write write(scratch.path("a"), R"(,"rotate":{"messages":2,"keep":2,"compress":")" + std::string(name) + "\"}");
        write.take({"1", "2", "3"});
        CHECK(read_again(scratch.path(std::string("a.2") + end)) == Strings{"0"});
        CHECK(read_again(scratch.path(std::string("a.1") + end)) == Strings{"1", "2"});
        write.take({"4", "5"});
        CHECK(write.end().status == FLOWRUN_OK);
        CHECK(read_again(scratch.path(std::string("a.2") + end)) == Strings{"1", "2"});
        CHECK(read_again(scratch.path(std::string("a.1") + end)) == Strings{"3", "4"});
        CHECK(scratch.read("a") == "5\n");
        CHECK(scratch.size() == 3);
    }
}

TEST_CASE("Where a name cannot be changed the message fails, and the file is as it was") {
    const Scratch scratch;
    Write write(scratch.path("a"), R"(,"flush":"each","rotate":{"messages":1,"keep":1})");
    write.take({"1"});
    scratch.make("a.1/full");
    write.take({"2"});
    CHECK(write.answers[1].error.message.starts_with("rotating " + scratch.path("a") + ": "));
    CHECK(scratch.read("a") == "1\n");
    std::filesystem::remove_all(scratch.path("a.1"));
    write.take({"3"});
    CHECK(scratch.read("a.1") == "1\n");
    CHECK(write.end().status == FLOWRUN_OK);
    CHECK(scratch.read("a") == "3\n");
}

TEST_CASE("Rotation is refused where it has no sense") {
    const auto refused = [](const std::string& settings) {
        FakeHost host(FLOWRUN_FILE);
        CHECK_FALSE(host.create("file.write", settings));
        return host.refused;
    };
    CHECK(refused(R"({"path":"a","rotate":{"keep":3}})") == "'rotate' says not when: give it size, every or messages");
    CHECK(refused(R"({"path":"a","mode":"replace","rotate":{"size":3}})") ==
          "'rotate' is for files that are appended to: leave mode out");
    CHECK(refused(R"({"root":"/tmp","rotate":{"size":3}})") ==
          "'rotate' needs a path that is the same for all messages");
    CHECK(refused(R"({"path":"a.gz","rotate":{"size":3,"compress":"gzip"}})") ==
          "the file is compressed already: leave rotate.compress out");
    const Scratch scratch;
    const Write one(scratch.path("a"), R"(,"rotate":{"size":3})");
    const Write other(scratch.path("a"));
    CHECK(one.made);
    CHECK_FALSE(other.made);
}

TEST_CASE("The names that a rotation gives are no other node's") {
    const Scratch scratch;
    const std::string rotate = R"(,"rotate":{"size":1,"keep":3})",
                      packed = R"(,"rotate":{"size":1,"keep":3,"compress":"gzip"})";
    const auto together = [&](const std::string& settings, const std::string& other) {
        const Write log(scratch.path("log"), settings), name(scratch.path(other));
        if (!name.made) { CHECK(name.host.refused.find("rotation of log writes") != std::string::npos); }
        return name.made;
    };
    CHECK_FALSE(together(rotate, "log.1"));
    CHECK_FALSE(together(rotate, "log.3"));
    CHECK(together(rotate, "log.4"));
    CHECK(together(rotate, "log.01"));
    CHECK(together(rotate, "log.1.gz"));
    CHECK(together(rotate, "log2.1"));
    CHECK_FALSE(together(packed, "log.1.gz"));
    CHECK_FALSE(together(packed, "log.1"));
    CHECK(together(packed, "log.2"));
    const Write first(scratch.path("log.2"));
    const Write second(scratch.path("log"), rotate);
    CHECK_FALSE(second.made);
    CHECK(second.host.refused.find("would take the name of log.2") != std::string::npos);
}
