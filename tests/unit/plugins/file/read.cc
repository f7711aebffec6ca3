// file.read: files, patterns, compressed ones, and what cannot be read.

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include <thread>

#include "fake_host.hh"
#include "scratch.hh"

using namespace flowrun::test;
using Strings = std::vector<std::string>;

namespace {

// A node of file.read that has run. `settings` stands behind the path.
struct Read {
    explicit Read(const std::string& path, const std::string& settings = "") : host(FLOWRUN_FILE) {
        const std::string json = path.starts_with('[') ? path : quoted(path);
        REQUIRE(host.create("file.read", "{\"path\":" + json + settings + "}"));
        answer = host.run();
    }
    Strings jsons() const { return host.jsons(); }
    FakeHost host;
    Answer answer;
};

// What file.write makes of these lines.
std::string packed(const Scratch& scratch, const std::string& name, const Strings& lines) {
    FakeHost host(FLOWRUN_FILE);
    REQUIRE(host.create("file.write",
                        "{\"format\":\"lines\",\"mode\":\"replace\",\"path\":" + quoted(scratch.path(name)) + "}"));
    for (const auto& line : lines) REQUIRE(host.handle(quoted(line)).status == FLOWRUN_OK);
    REQUIRE(host.end().status == FLOWRUN_OK);
    REQUIRE(host.commit().status == FLOWRUN_OK);
    host.destroy();
    return scratch.read(name);
}

}  // namespace

TEST_CASE("A file is read to its end") {
    const Scratch scratch;
    const Read read(scratch.write("a", "{\"a\": 1}\n\n2\r\n3"));
    CHECK(read.answer.status == FLOWRUN_OK);
    CHECK(read.jsons() == Strings{"{\"a\": 1}", "2", "3"});
    CHECK(read.host.raised.empty());
    CHECK(Read(scratch.write("empty", "")).jsons().empty());
}

TEST_CASE("A pattern stands for what it matches, in the order of the names' bytes, each once") {
    const Scratch scratch;
    for (const char* name : {"b.n", "a10.n", "a9.n", "Z.n", "\xC3\xA9.n"}) scratch.write(name, quoted(name));
    scratch.write(".hidden.n", "0");
    scratch.write("other", "0");
    const Strings all{"\"Z.n\"", "\"a10.n\"", "\"a9.n\"", "\"b.n\"", "\"\xC3\xA9.n\""};
    CHECK(Read(scratch.path("*.n")).jsons() == all);
    CHECK(Read(scratch.path("a[0-9]*.n")).jsons() == Strings{"\"a10.n\"", "\"a9.n\""});
    const std::string list = "[" + quoted(scratch.path("b.n")) + "," + quoted(scratch.path("*.n")) + "]";
    CHECK(Read(list).jsons() == Strings{"\"b.n\"", "\"Z.n\"", "\"a10.n\"", "\"a9.n\"", "\"\xC3\xA9.n\""});
}

TEST_CASE("A name that looks like a pattern is the file of that name where there is one") {
    const Scratch scratch;
    scratch.write("a[1].n", "1");
    scratch.write("a1.n", "2");
    CHECK(Read(scratch.path("a[1].n")).jsons() == Strings{"1"});
}

TEST_CASE("A file that is missing is raised, and the others are read") {
    const Scratch scratch;
    const std::string there = scratch.write("there", "1");
    const Read read("[" + quoted(scratch.path("gone")) + "," + quoted(scratch.path("no*")) + "," + quoted(there) + "]");
    CHECK(read.answer.status == FLOWRUN_OK);
    CHECK(read.jsons() == Strings{"1"});
    REQUIRE(read.host.raised.size() == 2);
    CHECK(read.host.raised[0].error.code == FLOWRUN_E_UNAVAILABLE);
    CHECK(read.host.raised[0].error.message == "opening " + scratch.path("gone") + ": No such file or directory");
    CHECK(read.host.raised[0].error.detail == "{\"path\":" + quoted(scratch.path("gone")) + ",\"errno\":\"ENOENT\"}");
    CHECK(read.host.raised[0].value == quoted(scratch.path("gone")));
    CHECK(read.host.raised[1].error.message == "no file matches " + scratch.path("no*"));
    const Read ignored("[" + quoted(scratch.path("gone")) + "," + quoted(scratch.path("no*")) + "]",
                       R"(,"missing":"ignore")");
    CHECK(ignored.host.raised.empty());
}

TEST_CASE("What is no file to read says why") {
    const Scratch scratch;
    scratch.make("folder");
    scratch.link("loop", "loop");
    scratch.write("plain", "");
    const auto said = [&](const std::string& name) {
        const Read read(scratch.path(name));
        REQUIRE(read.host.raised.size() == 1);
        return read.host.raised[0].error.message;
    };
    CHECK(said("folder") == scratch.path("folder") + " is a directory");
    CHECK(said("loop") == "opening " + scratch.path("loop") + ": Too many levels of symbolic links");
    CHECK(said("plain/x") == "opening " + scratch.path("plain/x") + ": Not a directory");
    if (::geteuid() != 0) {
        scratch.write("secret", "1");
        ::chmod(scratch.path("secret").c_str(), 0);
        CHECK(said("secret") == "opening " + scratch.path("secret") + ": Permission denied");
    }
}

TEST_CASE("A path that is none is refused") {
    FakeHost host(FLOWRUN_FILE);
    CHECK_FALSE(host.create("file.read", R"({"path":[]})"));
    CHECK(host.refused == "'path' is an empty list");
    CHECK_FALSE(host.create("file.read", R"({"path":"a\u0000b"})"));
    CHECK(host.refused == "'path' holds a NUL");
}

TEST_CASE("A bad record is raised with its path, line and byte, and reading goes on") {
    const Scratch scratch;
    const std::string path = scratch.write("a", "1\n{\"a\":tru}\n\xFF\xFE\n2\n[1,");
    const Read read(path);
    CHECK(read.jsons() == Strings{"1", "2"});
    REQUIRE(read.host.raised.size() == 3);
    CHECK(read.host.raised[0].error.message.starts_with(path + ", line 2, byte "));
    CHECK(read.host.raised[0].error.detail.starts_with("{\"path\":" + quoted(path) + ",\"line\":2,\"offset\":"));
    CHECK(read.host.raised[2].error.message.starts_with(path + ", line 5, byte "));
}

TEST_CASE("Each csv file has its own header, and ragged rows are raised") {
    const Scratch scratch;
    scratch.write("1.csv", "a,b\n1,\"x\ny\"\n2\n");
    scratch.write("2.csv", "b,c\n3,4\n");
    const Read read(scratch.path("?.csv"), R"(,"format":"csv","infer":true)");
    CHECK(read.jsons() == Strings{R"({"a":1,"b":"x\ny"})", R"({"b":3,"c":4})"});
    REQUIRE(read.host.raised.size() == 1);
    CHECK(read.host.raised[0].error.message ==
          scratch.path("1.csv") + ", line 4, byte 12: this row has 1 fields, the header has 2");
}

TEST_CASE("With place a message says where it stands") {
    const Scratch scratch;
    const std::string path = scratch.write("a", "{\"n\":1}\n\n2\n");
    CHECK(Read(path, R"(,"place":true)").jsons() ==
          Strings{"{\"path\":" + quoted(path) + R"(,"line":1,"offset":0,"value":{"n":1}})",
                  "{\"path\":" + quoted(path) + R"(,"line":3,"offset":9,"value":2})"});
    CHECK(Read(path, R"(,"place":true,"format":"raw")").jsons() ==
          Strings{"{\"path\":" + quoted(path) + R"(,"offset":0,"value":"eyJuIjoxfQoKMgo="})"});
}

TEST_CASE("raw is each file as a whole, blocks its pieces") {
    const Scratch scratch;
    scratch.write("a", std::string(3'700'000, 'x'));
    scratch.write("b", "");
    CHECK(Read(scratch.path("?"), R"(,"format":"raw")").host.emitted.size() == 2);
    const Read blocks(scratch.path("?"), R"(,"format":"blocks")");
    CHECK(blocks.host.emitted.size() == 4);
    CHECK(blocks.host.emitted.back().index == 3);
    const Read bounded(scratch.path("?"), R"(,"format":"raw","max_line":1000000)");
    CHECK(bounded.jsons() == Strings{"\"\""});
    REQUIRE(bounded.host.raised.size() == 1);
    CHECK(
        bounded.host.raised[0].error.message.starts_with(scratch.path("a") + ", line 1, byte 0: longer than 1000000"));
}

TEST_CASE("** stands for any number of folders, and for none") {
    const Scratch scratch;
    for (const char* folder : {"d/b/c", "d/.hidden", "e"}) scratch.make(folder);
    scratch.write("d/1.txt", "1\n");
    scratch.write("d/b/2.txt", "2\n");
    scratch.write("d/b/c/3.txt", "3\n");
    scratch.write("d/b/c/4.log", "4\n");
    scratch.write("d/.hidden/5.txt", "5\n");
    scratch.write("e/6.txt", "6\n");
    scratch.link("../e", "d/linked");
    CHECK(Read(scratch.path("d/**/*.txt")).jsons() == Strings{"1", "2", "3"});
    CHECK(Read(scratch.path("**/c/*")).jsons() == Strings{"3", "4"});
    CHECK(Read(scratch.path("d/**")).jsons() == Strings{"1", "2", "3", "4"});
    CHECK(Read(scratch.path("d/**/**/3.txt")).jsons() == Strings{"3"});
    CHECK(Read(scratch.path("*/b/**/?.txt")).jsons() == Strings{"2", "3"});
    CHECK(Read(scratch.path("d/*/6.txt")).jsons() == Strings{"6"});
    FakeHost host(FLOWRUN_FILE);
    CHECK_FALSE(host.create("file.read", R"({"path":"logs/a**.txt"})"));
    CHECK(host.refused == "'**' stands for folders, and alone between slashes: write '**/a*.txt' for 'a**.txt'");
}

TEST_CASE("A compressed file is unpacked, whether its name or its first bytes say so") {
    for (const char* end : {".gz", ".zst"}) {
        const Scratch scratch;
        const std::string bytes = packed(scratch, std::string("a") + end, {"1", "2", "3"});
        CHECK(Read(scratch.path(std::string("a") + end)).jsons() == Strings{"1", "2", "3"});
        CHECK(Read(scratch.write("no-name", bytes)).jsons() == Strings{"1", "2", "3"});
        // Streams one behind the other are one.
        CHECK(Read(scratch.write("twice", bytes + bytes)).jsons() == Strings{"1", "2", "3", "1", "2", "3"});
        const Read plain(scratch.path("no-name"), R"(,"compress":"none","format":"raw")");
        CHECK(plain.host.emitted.size() == 1);
    }
}

TEST_CASE("gzip may be filled up with zeros, and zstd may hold frames to skip") {
    const Scratch scratch;
    const std::string gzip = packed(scratch, "a.gz", {"1"}), zstd = packed(scratch, "a.zst", {"1"});
    CHECK(Read(scratch.write("b.gz", gzip + std::string(1000, '\0'))).jsons() == Strings{"1"});
    const std::string skipped("\x50\x2a\x4d\x18\x04\x00\x00\x00junk", 12);
    const Read read(scratch.write("b.zst", zstd + skipped + zstd));
    CHECK(read.jsons() == Strings{"1", "1"});
    CHECK(read.host.raised.empty());
}

TEST_CASE("What is called compressed and is not is an error") {
    const Scratch scratch;
    for (const char* name : {"a.gz", "a.zst"}) {
        const Read read(scratch.write(name, "{\"a\":1}\n"));
        CHECK(read.jsons().empty());
        REQUIRE(read.host.raised.size() == 1);
        CHECK(read.host.raised[0].error.message.starts_with("unpacking " + scratch.path(name) +
                                                            ": it is damaged, or not "));
        const Read empty(scratch.write(name, ""));
        REQUIRE(empty.host.raised.size() == 1);
        CHECK(empty.host.raised[0].error.message.ends_with("it is cut off: it ends within its compressed data"));
    }
}

TEST_CASE("A compressed file cut at any byte gives the records before the cut at most, and an error") {
    for (const char* end : {".gz", ".zst"}) {
        const Scratch scratch;
        const std::string name = std::string("a") + end;
        Strings lines;
        for (int i = 0; i < 50; ++i) lines.push_back(std::to_string(i * 7919));
        const std::string bytes = packed(scratch, name, lines);
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            INFO(name << " cut to " << size << " of " << bytes.size());
            const Read read(scratch.write(name, bytes.substr(0, size)));
            CHECK(read.host.raised.size() == 1);
            const Strings got = read.jsons();
            REQUIRE(got.size() <= lines.size());
            CHECK(std::equal(got.begin(), got.end(), lines.begin()));
        }
    }
}

TEST_CASE("A compressed file with a changed byte is read as it was, or gives an error") {
    for (const char* end : {".gz", ".zst"}) {
        const Scratch scratch;
        const std::string name = std::string("a") + end;
        const std::string bytes = packed(scratch, name, {"1000", "2000", "3000"});
        for (std::size_t at = 0; at < bytes.size(); ++at) {
            for (const int bit : {0x01, 0x80}) {
                INFO(name << ", byte " << at << ", bit " << bit);
                std::string changed = bytes;
                changed[at] = static_cast<char>(changed[at] ^ bit);
                const Read read(scratch.write(name, changed));
                if (read.host.raised.empty()) CHECK(read.jsons() == Strings{"1000", "2000", "3000"});
            }
        }
    }
}

TEST_CASE("A compressed line far over the limit takes little memory", "[huge]") {
    const Scratch scratch;
    {
        FakeHost host(FLOWRUN_FILE);
        const std::string zeros = quoted(std::string(1U << 20U, '0'));
        REQUIRE(host.create("file.write", R"({"format":"raw","path":)" + quoted(scratch.path("a.zst")) + "}"));
        for (int i = 0; i < 300; ++i) REQUIRE(host.handle(zeros).status == FLOWRUN_OK);
        REQUIRE(host.end().status == FLOWRUN_OK);
        REQUIRE(host.commit().status == FLOWRUN_OK);
    }
    scratch.append("a.zst", packed(scratch, "b.zst", {"", "1"}));
    rusage before{}, after{};
    ::getrusage(RUSAGE_SELF, &before);
    const Read read(scratch.path("a.zst"), R"(,"max_line":1048576)");
    ::getrusage(RUSAGE_SELF, &after);
    CHECK(read.jsons() == Strings{"1"});
    CHECK(read.host.raised.size() == 1);
    CHECK(after.ru_maxrss - before.ru_maxrss < 48 * 1024);  // KiB
}

TEST_CASE("A FIFO is waited for and read to its end") {
    const Scratch scratch;
    const std::string path = scratch.path("fifo");
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    std::thread writer;
    FakeHost host(FLOWRUN_FILE);
    host.on_wait = [&] {
        if (!writer.joinable()) {
            writer = std::thread([&path] {
                const int fd = ::open(path.c_str(), O_WRONLY);
                for (const char* part : {"1\n2", "3\n", "4"})
                    (void)!::write(fd, part, std::char_traits<char>::length(part));
                ::close(fd);
            });
        }
    };
    REQUIRE(host.create("file.read", "{\"path\":" + quoted(path) + "}"));
    CHECK(host.run().status == FLOWRUN_OK);
    writer.join();
    CHECK(host.jsons() == Strings{"1", "23", "4"});
}

TEST_CASE("A stop ends the wait for the writer of a FIFO, and the reading of many files") {
    const Scratch scratch;
    REQUIRE(::mkfifo(scratch.path("fifo").c_str(), 0600) == 0);
    FakeHost waits(FLOWRUN_FILE);
    waits.on_wait = [&] { waits.stopping = FLOWRUN_E_CANCELLED; };
    REQUIRE(waits.create("file.read", "{\"path\":" + quoted(scratch.path("fifo")) + "}"));
    CHECK(waits.run().status == FLOWRUN_E_CANCELLED);

    for (const char* name : {"1.n", "2.n", "3.n"}) scratch.write(name, "1\n2\n");
    FakeHost host(FLOWRUN_FILE);
    host.on_emit = [&] { host.stopping = host.emitted.size() == 3 ? FLOWRUN_E_CANCELLED : FLOWRUN_OK; };
    REQUIRE(host.create("file.read", "{\"path\":" + quoted(scratch.path("*.n")) + "}"));
    CHECK(host.run().status == FLOWRUN_E_CANCELLED);
    CHECK(host.emitted.size() == 3);
}

TEST_CASE("A file that is cut short while it is read is raised") {
    const Scratch scratch;
    std::string lines;
    while (lines.size() < (3U << 20U)) lines += "123456789\n";
    const std::string path = scratch.write("a", lines);
    FakeHost host(FLOWRUN_FILE);
    host.keep_emitted = false;
    host.on_emit = [&] {
        if (host.emitted_count == 1) REQUIRE(::truncate(path.c_str(), 10) == 0);
    };
    REQUIRE(host.create("file.read", "{\"path\":" + quoted(path) + "}"));
    CHECK(host.run().status == FLOWRUN_OK);
    REQUIRE(host.raised.size() >= 1);
    CHECK(host.raised.back().error.message ==
          path + " was cut short while it was read: 1048576 bytes were read, and it has 10");
}

TEST_CASE("A binary file is a heap of bad records, none of them longer than is shown") {
    const Scratch scratch;
    std::string bytes;
    for (std::uint32_t i = 0, x = 1; i < 200'000; ++i, x = x * 1664525U + 1013904223U)
        bytes.push_back(static_cast<char>(x >> 24U));
    const Read read(scratch.write("a.bin", bytes));
    CHECK(read.answer.status == FLOWRUN_OK);
    CHECK(read.host.raised.size() > 100);
    for (const auto& raised : read.host.raised) CHECK(raised.value.size() < 6000);
}

TEST_CASE("Nothing is left open") {
    const Scratch scratch;
    const auto open = [] {
        return std::distance(std::filesystem::directory_iterator("/proc/self/fd"),
                             std::filesystem::directory_iterator());
    };
    scratch.make("folder");
    scratch.write("a.gz", "no");
    scratch.write("b", "1");
    const auto before = open();
    const Read read(scratch.path("*"));
    CHECK(read.jsons() == Strings{"1"});
    CHECK(open() == before);
}

TEST_CASE("A FIFO gives a short record as soon as it cannot be the beginning of a compressed file") {
    const Scratch scratch;
    const std::string path = scratch.path("fifo");
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    FakeHost host(FLOWRUN_FILE);
    REQUIRE(host.create("file.read", R"({"path":")" + path + R"(","format":"lines"})"));
    const int both = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    REQUIRE(both >= 0);
    REQUIRE(::write(both, "1\n", 2) == 2);
    Strings seen;
    host.on_wait = [&] {
        seen = host.jsons();
        host.stopping = FLOWRUN_E_CANCELLED;
    };
    (void)host.run();
    CHECK(seen == Strings{"\"1\""});
    ::close(both);
}

TEST_CASE("What is wrong with a csv header says of which file") {
    const Scratch scratch;
    FakeHost host(FLOWRUN_FILE);
    const std::string path = scratch.write("a.csv", "x,x\n1,2\n");
    REQUIRE(host.create("file.read", R"({"format":"csv","path":")" + path + "\"}"));
    CHECK(host.run().status == FLOWRUN_OK);
    REQUIRE(host.raised.size() == 1);
    CHECK(host.raised[0].error.message == path + ": two columns are called 'x'; rename one, or set header: false");
}
