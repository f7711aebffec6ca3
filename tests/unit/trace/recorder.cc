#include "trace/recorder.hh"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <charconv>
#include <string>
#include <thread>
#include <vector>

#include "base/machine.hh"
#include "spans.hh"

using namespace flowrun;
using namespace flowrun::trace;

namespace {

struct Pipe {
    int ends[2] = {-1, -1};
    Pipe() { REQUIRE(pipe(ends) == 0); }
    ~Pipe() {
        close_reader();
        close_writer();
    }
    void close_reader() { close_end(0); }
    void close_writer() { close_end(1); }
    void close_end(int which) {
        if (ends[which] >= 0) ::close(ends[which]);
        ends[which] = -1;
    }
    // What is there within `millis`; empty when nothing comes.
    std::string read_some(int millis) {
        fcntl(ends[0], F_SETFL, O_NONBLOCK);
        char buffer[1 << 16];
        for (int waited = 0; waited <= millis; ++waited) {
            const ssize_t size = ::read(ends[0], buffer, sizeof buffer);
            if (size > 0) return {buffer, static_cast<std::size_t>(size)};
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        return {};
    }
    std::string read_all() {
        std::string all;
        char buffer[1 << 16];
        for (ssize_t size; (size = ::read(ends[0], buffer, sizeof buffer)) > 0;) {
            all.append(buffer, static_cast<std::size_t>(size));
        }
        return all;
    }
};

std::vector<std::uint64_t> numbers(const std::string& lines) {
    std::vector<std::uint64_t> result;
    const char* const end = lines.data() + lines.size();
    for (const char* at = lines.data(); at < end; ++at) at = std::from_chars(at, end, result.emplace_back()).ptr;
    return result;
}

}  // namespace

TEST_CASE("nothing is lost and each thread's order is kept, with more spans than the rings hold") {
    constexpr std::uint64_t threads = 6, each = 50'000;
    Pipe pipe;
    std::string out;
    std::jthread reader([&] { out = pipe.read_all(); });
    {
        Machine machine;
        Recorder recorder(machine, std::make_unique<Numbers>(), Sink(pipe.ends[1]), {});
        std::vector<std::jthread> recording;
        for (std::uint64_t t = 0; t < threads; ++t) {
            recording.emplace_back([&recorder, t] {
                for (std::uint64_t n = 0; n < each; ++n) recorder.span(order_span(t * each + n));
            });
        }
    }
    pipe.close_writer();
    reader.join();
    std::vector<std::uint64_t> seen = numbers(out), next(threads, 0);
    REQUIRE(seen.size() == threads * each);
    for (const std::uint64_t n : seen) REQUIRE(next.at(n / each)++ == n % each);
}

TEST_CASE("threads that come and go by the thousand lose nothing") {
    Pipe pipe;
    std::string out;
    std::jthread reader([&] { out = pipe.read_all(); });
    {
        Machine machine;
        Recorder recorder(machine, std::make_unique<Numbers>(), Sink(pipe.ends[1]), {});
        for (std::uint64_t n = 0; n < 1000; ++n) std::jthread([&] { recorder.span(order_span(n)); });
    }
    pipe.close_writer();
    reader.join();
    std::vector<std::uint64_t> seen = numbers(out);
    std::sort(seen.begin(), seen.end());
    REQUIRE(seen.size() == 1000);
    for (std::uint64_t n = 0; n < 1000; ++n) REQUIRE(seen[n] == n);
}

TEST_CASE("a span is out soon without any flush, at once after a pause and also in the middle of others") {
    Pipe pipe;
    Machine machine;
    Recorder recorder(machine, std::make_unique<Numbers>(), Sink(pipe.ends[1]), {});
    recorder.span(order_span(1));
    CHECK(pipe.read_some(1000) == "1\n");
    recorder.span(order_span(2));
    CHECK(pipe.read_some(1000) == "2\n");
    std::this_thread::sleep_for(std::chrono::milliseconds(120));
    recorder.span(order_span(3));
    CHECK(pipe.read_some(1000) == "3\n");
}

TEST_CASE("flush returns when all is out") {
    Pipe pipe;
    Machine machine;
    Recorder recorder(machine, std::make_unique<Numbers>(), Sink(pipe.ends[1]), {});
    recorder.flush();
    for (std::uint64_t n = 0; n < 50; ++n) {
        recorder.span(order_span(n));
        recorder.flush();
        REQUIRE(pipe.read_some(0) == std::to_string(n) + "\n");
    }
}

TEST_CASE("flush gives up at its time when nobody reads") {
    Pipe pipe;
    std::string out;
    std::jthread reader;
    Machine machine;
    {
        Recorder recorder(machine, std::make_unique<Numbers>(), Sink(pipe.ends[1]), {});
        for (std::uint64_t n = 10'000; n < 11'000; ++n) recorder.span(order_span(n));
        CHECK(recorder.flush(after(machine.now(), 5 * second)));
        std::jthread recording([&recorder] {
            for (std::uint64_t n = 11'000; n < 30'000; ++n) recorder.span(order_span(n));
        });
        const Time begin = machine.now();
        bool out_in_time = true;  // until the pipe is full and the writer waits
        while (out_in_time) out_in_time = recorder.flush(after(machine.now(), 50 * millisecond));
        CHECK(machine.now() - begin < 10 * second);
        reader = std::jthread([&] { out = pipe.read_all(); });
    }
    pipe.close_writer();
    reader.join();
    CHECK(numbers(out).size() == 20'000);
}

// The writer's breath is real time: on a busy machine a thread may come too late for it, so the merge is given several goes;
// that nothing is lost must hold in each.
TEST_CASE("spans of several threads that wait together come out by their end") {
    std::vector<std::uint64_t> expected;
    for (std::uint64_t n = 0; n < 40; ++n) expected.push_back(n);
    bool merged = false;
    for (int go = 0; go < 50 && !merged; ++go) {
        Pipe pipe;
        Machine machine;
        {
            Recorder recorder(machine, std::make_unique<Numbers>(), Sink(pipe.ends[1]), {});
            recorder.span(order_span(0));
            recorder.flush();  // now the writer takes a breath, and what follows waits together
            const auto record = [&recorder](std::int64_t end) {
                Span span = order_span(static_cast<std::uint64_t>(end));
                span.start = end - span.handled;
                recorder.span(std::move(span));
            };
            for (const std::int64_t first : {2, 1, 3}) {
                std::jthread([&] {
                    for (std::int64_t n = first; n < 40; n += 3) record(n);
                });
            }
            recorder.flush();
        }
        auto got = numbers(pipe.read_some(0));
        merged = got == expected;
        std::sort(got.begin(), got.end());
        REQUIRE(got == expected);
    }
    CHECK(merged);
}

TEST_CASE("a reader that went away is told once, and recording goes on without it") {
    signal(SIGPIPE, SIG_IGN);
    Pipe pipe;
    pipe.close_reader();
    Machine machine;
    std::atomic<int> told = 0, reason = 0;
    {
        Recorder recorder(machine, std::make_unique<Numbers>(), Sink(pipe.ends[1]), [&](int error) {
            ++told;
            reason = error;
        });
        for (std::uint64_t n = 0; n < 20'000; ++n) recorder.span(order_span(n));
        recorder.flush();
        CHECK(recorder.failure() == EPIPE);
    }
    CHECK(told == 1);
    CHECK(reason == EPIPE);
}

TEST_CASE("a full disk is told once") {
    const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
    if (full < 0) {
        WARN("skipped: no /dev/full here");
        return;
    }
    Machine machine;
    std::atomic<int> told = 0;
    {
        Recorder recorder(machine, std::make_unique<Numbers>(), Sink(full), [&](int error) {
            if (error == ENOSPC) ++told;
        });
        for (std::uint64_t n = 0; n < 3; ++n) {
            recorder.span(order_span(n));
            recorder.flush();
        }
    }
    CHECK(told == 1);
    ::close(full);
}

TEST_CASE("a non-blocking pipe that is full is waited for") {
    Pipe pipe;
    fcntl(pipe.ends[1], F_SETFL, O_NONBLOCK);
    std::string out;
    Machine machine;
    std::jthread reader;
    {
        Recorder recorder(machine, std::make_unique<Numbers>(), Sink(pipe.ends[1]), {});
        reader = std::jthread([&] {
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
            out = pipe.read_all();
        });
        for (std::uint64_t n = 0; n < 40'000; ++n) recorder.span(order_span(n));
    }
    pipe.close_writer();
    reader.join();
    CHECK(numbers(out).size() == 40'000);
}

TEST_CASE("an idle recorder uses no processor time") {
    const auto switches_of_a_while = [] {
        const auto switches = [] {
            rusage usage{};
            getrusage(RUSAGE_SELF, &usage);
            return usage.ru_nvcsw + usage.ru_nivcsw;
        };
        const long before = switches();
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        return switches() - before;
    };
    const long without = switches_of_a_while();
    Pipe pipe;
    Machine machine;
    Recorder recorder(machine, std::make_unique<Numbers>(), Sink(pipe.ends[1]), {});
    recorder.span(order_span(1));
    std::this_thread::sleep_for(std::chrono::milliseconds(150));
    // The machine may have a hand in one of them, never in all.
    bool quiet = false;
    for (int turn = 0; turn < 5 && !quiet; ++turn) quiet = switches_of_a_while() <= without + 3;
    CHECK(quiet);
}

TEST_CASE("two recorders used in turn by one thread keep apart") {
    Pipe one, two;
    Machine machine;
    {
        Recorder first(machine, std::make_unique<Numbers>(), Sink(one.ends[1]), {});
        Recorder second(machine, std::make_unique<Numbers>(), Sink(two.ends[1]), {});
        for (std::uint64_t n = 0; n < 10; ++n) {
            first.span(order_span(n));
            second.span(order_span(n + 100));
        }
        first.flush();
        second.flush();
    }
    CHECK(numbers(one.read_some(0)).size() == 10);
    CHECK(numbers(two.read_some(0)).front() == 100);
}
