// stdout: every format, when it writes, and what it says when it cannot.

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include <algorithm>
#include <csignal>
#include <thread>

#include "descriptor.hh"
#include "fake_host.hh"

using namespace flowrun::test;
using Strings = std::vector<std::string>;

namespace {

constexpr std::int64_t ms = 1'000'000;

// What a node of stdout makes of these messages; "" where it failed to take one.
struct Written {
    Written(const Strings& messages, std::string_view settings = "{}") : host(FLOWRUN_CORE) {
        const int file = file_with("");
        {
            Descriptor out(1, ::dup(file));
            const bool made = host.create("stdout", settings);
            for (const auto& message : messages) {
                answers.push_back(made ? host.handle(message) : Answer::failed(FLOWRUN_E_INVALID, ""));
            }
            ended = host.end();
        }
        text = content_of(file);
        ::close(file);
    }
    FakeHost host;
    std::vector<Answer> answers;
    Answer ended;
    std::string text;
};

std::string available(int fd) {
    std::string all;
    char block[4096];
    pollfd ready{fd, POLLIN, 0};
    while (::poll(&ready, 1, 0) == 1) {
        const ssize_t got = ::read(fd, block, sizeof block);
        if (got <= 0) break;
        all.append(block, static_cast<std::size_t>(got));
    }
    return all;
}

struct Pipe {
    Pipe() { REQUIRE(::pipe(ends) == 0); }
    ~Pipe() { close_reader(); }
    void close_reader() {
        if (ends[0] >= 0) ::close(ends[0]);
        ends[0] = -1;
    }
    int ends[2];
};

const auto ignored = std::signal(SIGPIPE, SIG_IGN);  // as the runner does

}  // namespace

TEST_CASE("ndjson: a line each, as it stood where it came from a text") {
    const Written written({R"({"a" :  1.50})", "[1, 2]", "\"x\"", "12345678901234567890123", "{\n\"b\": [1,\n2]\n}"});
    CHECK(written.ended.status == FLOWRUN_OK);
    CHECK(written.text.starts_with("{\"a\" :  1.50}\n[1, 2]\n\"x\"\n12345678901234567890123\n"));
    CHECK(std::count(written.text.begin(), written.text.end(), '\n') == 5);
}

TEST_CASE("json: one list of all messages, empty when there were none") {
    CHECK(Written({"1", R"({"a":2})"}, R"({"format":"json"})").text == "[\n1,\n{\"a\":2}\n]\n");
    CHECK(Written({}, R"({"format":"json"})").text == "[]\n");
}

TEST_CASE("lines and raw: strings as they are, others as JSON") {
    CHECK(Written({"\"a b\"", "\"\"", "7", R"({"x":"y"})"}, R"({"format":"lines"})").text ==
          "a b\n\n7\n{\"x\":\"y\"}\n");
    CHECK(Written({"\"a\\n\"", "\"b\"", "7"}, R"({"format":"raw"})").text == "a\nb7");
}

TEST_CASE("csv: the first map names the columns") {
    const Written written(
        {R"({"a":1,"b":"x,y"})", R"({"b":"q\"","a":null})", R"({"a":[1,2]})", R"({"a":1,"c":2})", "5", R"(["u","v"])"},
        R"({"format":"csv"})");
    CHECK(written.text == "a,b\n1,\"x,y\"\n,\"q\"\"\"\n\"[1,2]\",\nu,v\n");
    CHECK(written.answers[3].error.message == "there is no column 'c': the first map names the columns");
    CHECK(written.answers[4].error.message == "a csv row is made from a map or a list, and this is a number");
    CHECK(Written({R"({"a":1,"b":2})"}, R"({"format":"csv","header":false,"delimiter":";"})").text == "1;2\n");
    const Written empty({"{}", R"({"a":1})"}, R"({"format":"csv"})");
    CHECK(empty.answers[0].status == FLOWRUN_E_INVALID);
    CHECK(empty.text == "a\n1\n");
}

TEST_CASE("auto: the first message of a quiet flow is written at once, the next soon") {
    Pipe pipe;
    FakeHost host(FLOWRUN_CORE);
    const Descriptor out(1, pipe.ends[1]);
    REQUIRE(host.create("stdout"));
    CHECK(host.handle("1").status == FLOWRUN_OK);
    CHECK(available(pipe.ends[0]) == "1\n");
    CHECK(host.handle("2").status == FLOWRUN_OK);
    CHECK(host.handle("3").status == FLOWRUN_OK);
    CHECK(available(pipe.ends[0]).empty());
    CHECK(host.timers() == 1);
    host.advance(100 * ms);
    CHECK(available(pipe.ends[0]) == "2\n3\n");
    CHECK(host.timers() == 0);
    host.advance(1000 * ms);
    CHECK(host.handle("4").status == FLOWRUN_OK);
    CHECK(available(pipe.ends[0]) == "4\n");
}

TEST_CASE("auto: much output does not wait for the timer") {
    const int file = file_with("");
    FakeHost host(FLOWRUN_CORE);
    const std::string line = '"' + std::string(1000, 'x') + '"';
    off_t size = 0;
    {
        const Descriptor out(1, ::dup(file));
        REQUIRE(host.create("stdout"));
        for (int i = 0; i < 1000; ++i) REQUIRE(host.handle(line).status == FLOWRUN_OK);
        size = ::lseek(file, 0, SEEK_END);
    }
    CHECK(size > 900'000);
    CHECK(host.timers() <= 1);
    ::close(file);
}

TEST_CASE("auto: a pipe that is full holds up nobody on the timer's thread") {
    Pipe pipe;
    FakeHost host(FLOWRUN_CORE);
    const Descriptor out(1, ::dup(pipe.ends[1]));
    REQUIRE(host.create("stdout"));
    REQUIRE(host.handle("1").status == FLOWRUN_OK);
    CHECK(available(pipe.ends[0]) == "1\n");
    // Others fill the pipe: full pages, so that not a byte fits.
    REQUIRE(::fcntl(pipe.ends[1], F_SETFL, O_NONBLOCK) == 0);
    const std::string page(4096, 'x');
    while (::write(pipe.ends[1], page.data(), page.size()) > 0) {}
    REQUIRE(::fcntl(pipe.ends[1], F_SETFL, 0) == 0);
    const std::string line = '"' + std::string(20'000, 'y') + '"';
    REQUIRE(host.handle(line).status == FLOWRUN_OK);
    host.advance(500 * ms);  // would hang here
    CHECK(host.timers() == 1);
    CHECK(available(pipe.ends[0]).find('y') == std::string::npos);
    host.advance(100 * ms);
    CHECK(available(pipe.ends[0]) == line + "\n");
    ::close(pipe.ends[1]);
}

TEST_CASE("each: every message is written at once; end: none before there is much, or the end") {
    for (const bool each : {true, false}) {
        Pipe pipe;
        FakeHost host(FLOWRUN_CORE);
        const Descriptor out(1, pipe.ends[1]);
        REQUIRE(host.create("stdout", each ? R"({"flush":"each"})" : R"({"flush":"end"})"));
        CHECK(host.handle("1").status == FLOWRUN_OK);
        CHECK(host.handle("2").status == FLOWRUN_OK);
        CHECK(host.timers() == 0);
        CHECK(available(pipe.ends[0]) == (each ? "1\n2\n" : ""));
        CHECK(host.end().status == FLOWRUN_OK);
        CHECK(available(pipe.ends[0]) == (each ? "" : "1\n2\n"));
    }
}

TEST_CASE("a reader that has gone is unavailable, with the errno in the detail, and stays so") {
    Pipe pipe;
    FakeHost host(FLOWRUN_CORE);
    const Descriptor out(1, pipe.ends[1]);
    REQUIRE(host.create("stdout", R"({"flush":"each"})"));
    CHECK(host.handle("1").status == FLOWRUN_OK);
    pipe.close_reader();
    for (int i = 0; i < 2; ++i) {
        const Answer gone = host.handle("2");
        CHECK(gone.status == FLOWRUN_E_UNAVAILABLE);
        CHECK(gone.error.message == "stdout was closed by its reader");
        CHECK(gone.error.detail == R"({"errno":"EPIPE"})");
        CHECK(gone.error.retryable == FLOWRUN_RETRY_NO);
        CHECK(host.readers_gone == i + 1);
    }
    CHECK(host.end().status == FLOWRUN_E_UNAVAILABLE);
}

TEST_CASE("a reader that goes while the flow is idle is noticed by the timer and raised once") {
    Pipe pipe;
    FakeHost host(FLOWRUN_CORE);
    const Descriptor out(1, pipe.ends[1]);
    REQUIRE(host.create("stdout"));
    CHECK(host.handle("1").status == FLOWRUN_OK);
    CHECK(host.handle("2").status == FLOWRUN_OK);
    pipe.close_reader();
    host.advance(1000 * ms);
    REQUIRE(host.raised.size() == 1);
    CHECK(host.raised[0].error.detail == R"({"errno":"EPIPE"})");
    CHECK(host.timers() == 0);
    CHECK(host.handle("3").status == FLOWRUN_E_UNAVAILABLE);
}

TEST_CASE("a full device fails the message, says how many earlier ones are not written, and fails the end") {
    FakeHost host(FLOWRUN_CORE);
    const Descriptor out(1, ::open("/dev/full", O_WRONLY));
    REQUIRE(host.create("stdout", R"({"flush":"end"})"));
    const std::string line = '"' + std::string(30'000, 'x') + '"';
    CHECK(host.handle(line).status == FLOWRUN_OK);
    CHECK(host.handle(line).status == FLOWRUN_OK);
    for (int i = 0; i < 3; ++i) {
        const Answer full = host.handle(line);
        CHECK(full.status == FLOWRUN_E_UNAVAILABLE);
        CHECK(full.error.message ==
              "writing to stdout: No space left on device; not written: up to 2 messages before it");
        CHECK(full.error.detail == R"({"errno":"ENOSPC"})");
    }
    const Answer end = host.end();
    CHECK(end.status == FLOWRUN_E_UNAVAILABLE);
    CHECK(end.error.message == "writing to stdout: No space left on device; not written: up to 2 messages taken");
}

TEST_CASE("auto: where the last write failed no message is taken that is not written") {
    FakeHost host(FLOWRUN_CORE);
    const Descriptor out(1, ::open("/dev/full", O_WRONLY));
    REQUIRE(host.create("stdout"));
    for (int i = 0; i < 5; ++i) {
        const Answer full = host.handle("1");
        CHECK(full.status == FLOWRUN_E_UNAVAILABLE);
        CHECK(full.error.message == "writing to stdout: No space left on device");
    }
    CHECK(host.end().status == FLOWRUN_OK);
}

TEST_CASE("auto: a write that fails on the timer fails the next message, and what was taken is told at the end") {
    Pipe pipe;
    FakeHost host(FLOWRUN_CORE);
    REQUIRE(host.create("stdout"));
    {
        const Descriptor out(1, ::dup(pipe.ends[1]));
        CHECK(host.handle("1").status == FLOWRUN_OK);
        CHECK(host.handle("2").status == FLOWRUN_OK);
    }
    const Descriptor out(1, ::open("/dev/full", O_WRONLY));
    host.advance(100 * ms);
    CHECK(host.handle("3").status == FLOWRUN_E_UNAVAILABLE);
    CHECK(host.end().error.message == "writing to stdout: No space left on device; not written: up to 1 message taken");
    ::close(pipe.ends[1]);
}

TEST_CASE("a descriptor that cannot be written is permanent") {
    FakeHost host(FLOWRUN_CORE);
    const Descriptor out(1, ::open("/dev/null", O_RDONLY));
    REQUIRE(host.create("stdout", R"({"flush":"each"})"));
    const Answer bad = host.handle("1");
    CHECK(bad.status == FLOWRUN_E_PERMANENT);
    CHECK(bad.error.message == "writing to stdout: Bad file descriptor");
}

TEST_CASE("a descriptor that others made non-blocking is waited for") {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    REQUIRE(::fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0);
    std::string got;
    FakeHost host(FLOWRUN_CORE);
    const std::string line = '"' + std::string(3'000'000, 'x') + '"';
    std::jthread reader([&] {
        char block[65536];
        while (got.size() < line.size() + 1) {
            const ssize_t n = ::read(ends[0], block, sizeof block);
            if (n <= 0) break;
            got.append(block, static_cast<std::size_t>(n));
        }
    });
    {
        const Descriptor out(1, ends[1]);
        REQUIRE(host.create("stdout"));
        CHECK(host.handle(line).status == FLOWRUN_OK);
    }
    reader.join();
    CHECK((got == line + "\n"));
    ::close(ends[0]);
}
