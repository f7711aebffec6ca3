#include "base/standard_error.hh"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include <atomic>
#include <string>
#include <thread>

#include "base/machine.hh"

using namespace flowrun;

namespace {

struct Pipe {
    Pipe() { REQUIRE(::pipe2(ends, O_CLOEXEC) == 0); }
    ~Pipe() {
        ::close(ends[0]);
        ::close(ends[1]);
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    void fill() const {
        const int before = ::fcntl(ends[1], F_GETFL);
        ::fcntl(ends[1], F_SETFL, before | O_NONBLOCK);
        const std::string block(4096, 'x');
        while (::write(ends[1], block.data(), block.size()) > 0) {}
        ::fcntl(ends[1], F_SETFL, before);
    }
    std::string take(std::size_t size) const {
        std::string text(size, '\0');
        for (std::size_t got = 0; got < size;) {
            const ssize_t n = ::read(ends[0], text.data() + got, size - got);
            REQUIRE(n > 0);
            got += static_cast<std::size_t>(n);
        }
        return text;
    }
    int ends[2] = {-1, -1};
};

}  // namespace

TEST_CASE("what fits is written at once, and what does not fit is lost without a wait") {
    const Pipe pipe;
    StandardError out(pipe.ends[1]);
    CHECK(out.write("one "));
    CHECK(out.write_at_once("two"));
    CHECK(pipe.take(7) == "one two");
    pipe.fill();
    CHECK_FALSE(out.write_at_once("three"));
}

TEST_CASE("a FIFO with a name, whose descriptor blocks, is written to without a wait as well") {
    char folder[] = "/tmp/flowrun-stderr-XXXXXX";
    REQUIRE(::mkdtemp(folder) != nullptr);
    const std::string name = std::string(folder) + "/fifo";
    REQUIRE(::mkfifo(name.c_str(), 0600) == 0);
    {
        Pipe pipe;
        for (int& end : pipe.ends) {
            ::close(end);
            end = ::open(name.c_str(), O_RDWR | O_CLOEXEC);
            REQUIRE(end >= 0);
        }
        StandardError out(pipe.ends[1]);
        CHECK(out.write("one "));
        CHECK(out.write_at_once("two"));
        CHECK(pipe.take(7) == "one two");
        CHECK((::fcntl(pipe.ends[1], F_GETFL) & O_NONBLOCK) == 0);
        pipe.fill();
        CHECK_FALSE(out.write_at_once("three"));
    }
    ::unlink(name.c_str());
    ::rmdir(folder);
}

TEST_CASE("a text larger than the pipe arrives whole, with a reader that takes its time") {
    const Pipe pipe;
    StandardError out(pipe.ends[1]);
    std::string text;
    for (int i = 0; i < 100'000; ++i) text += std::to_string(i);
    std::thread writer([&] { CHECK(out.write(text)); });
    const std::string got = pipe.take(text.size());
    writer.join();
    CHECK((got == text));
}

TEST_CASE("who waits for a reader returns when the patience is over, and nobody waits from then on") {
    const Pipe pipe;
    pipe.fill();
    StandardError out(pipe.ends[1]);
    std::atomic<int> lost = 0;
    std::thread one([&] { lost += out.write("a") ? 0 : 1; }), other([&] { lost += out.write("b") ? 0 : 1; });
    out.be_patient_until(Machine().now());
    one.join();
    other.join();
    CHECK(lost == 2);
    CHECK_FALSE(out.write("c"));
    (void)pipe.take(8192);
    CHECK(out.write("d"));
}

TEST_CASE("a reader that has gone, or no descriptor at all, is no wait either") {
    const auto before = ::signal(SIGPIPE, SIG_IGN);
    Pipe pipe;
    StandardError out(pipe.ends[1]);
    ::close(pipe.ends[0]);
    pipe.ends[0] = -1;
    CHECK_FALSE(out.write("a"));
    CHECK_FALSE(StandardError(-1).write("a"));
    ::signal(SIGPIPE, before);
}
