#include "command/tracing.hh"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "../flow/told.hh"
#include "base/machine.hh"
#include "capture.hh"

using namespace flowrun;
using namespace flowrun::command;

namespace {

constexpr const char* silent = "flowrun: 1\nnodes: { a: { uses: generate }, b: { uses: pass } }\nedges: [a -> b]\n";
constexpr const char* writing = "flowrun: 1\nnodes: { a: { uses: generate }, b: { uses: stdout } }\nedges: [a -> b]\n";

using Made = std::expected<std::unique_ptr<Tracing>, std::string>;

struct Scene {
    explicit Scene(const char* text = silent) : flow(text) { REQUIRE(flow.checked.ok()); }
    Made make(const RunRequest& request) {
        return Tracing::make(machine, request, flow.checked, [this] { gone.fetch_add(1); });
    }
    Machine machine;
    flow::Told flow;
    std::atomic<int> gone = 0;
};

trace::Span hop() {
    trace::Span span;
    span.trace = {1, 2};
    span.id = 3;
    span.start = 1'769'862'896'007'008'009;
    span.handled = 1'234'567;
    span.message = 7;
    span.edge = 0;
    span.node = 1;
    return span;
}

RunRequest request_of(TraceFormat format, std::string to = {}) {
    RunRequest request;
    request.trace = format;
    request.trace_to = std::move(to);
    return request;
}

struct File {
    char path[32] = "/tmp/flowrun-trace-XXXXXX";
    File() { ::close(::mkstemp(path)); }
    ~File() { ::unlink(path); }
    std::string text() const {
        std::ostringstream all;
        all << std::ifstream(path).rdbuf();
        return all.str();
    }
};

// Standard output as a pipe, for its life.
struct PipedStdout {
    int reader = -1, before = ::dup(1);
    PipedStdout() {
        int ends[2];
        REQUIRE(::pipe(ends) == 0);
        reader = ends[0];
        ::dup2(ends[1], 1);
        ::close(ends[1]);
    }
    ~PipedStdout() {
        ::dup2(before, 1);
        ::close(before);
        close_reader();
    }
    void close_reader() {
        if (reader >= 0) ::close(reader);
        reader = -1;
    }
};

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a trace that is off costs nothing: nobody looks") {
    Scene scene;
    const Made off = scene.make(request_of(TraceFormat::off));
    REQUIRE(off);
    CHECK((*off)->observer() == nullptr);
    CHECK((*off)->finish(0));
    CHECK_FALSE((*off)->broken());
    CHECK((*off)->last(false).empty());
}

TEST_CASE("the trace goes to stdout as text, but for a flow that writes there itself, unless it is asked for") {
    for (const bool writes : {false, true}) {
        for (const bool asked : {false, true}) {
            Scene scene(writes ? writing : silent);
            std::string out;
            {
                const Capture stdout_now(1);
                const Made made = scene.make(asked ? request_of(TraceFormat::text) : RunRequest{});
                REQUIRE(made);
                if (trace::Observer* observer = (*made)->observer()) observer->span(hop());
                CHECK((*made)->finish(never));
                out = stdout_now.text();
            }
            INFO("the flow writes stdout: " << writes << ", asked for: " << asked << "\n" << out);
            CHECK(out.empty() == (writes && !asked));
            if (!out.empty()) CHECK(has(out, "a -> b"));
            CHECK_FALSE(has(out, "\x1B["));
        }
    }
}

TEST_CASE("a file gets the trace in the format asked for, in place of what it held") {
    const File file;
    std::ofstream(file.path) << "old";
    Scene scene;
    const Made made = scene.make(request_of(TraceFormat::jsonl, file.path));
    REQUIRE(made);
    (*made)->observer()->span(hop());
    CHECK((*made)->finish(never));
    CHECK(has(file.text(), R"("edge":"a -> b")"));
    CHECK(file.text().starts_with("{"));
}

TEST_CASE("a file that cannot be opened is told before the run") {
    Scene scene;
    const Made made = scene.make(request_of(TraceFormat::text, "/nowhere/trace"));
    REQUIRE_FALSE(made);
    CHECK(made.error() == "cannot write the trace to /nowhere/trace: No such file or directory");
}

TEST_CASE("a quiet run keeps the hops of what failed, beside a trace to a file if there is one") {
    for (const bool to_file : {false, true}) {
        const File file;
        Scene scene;
        RunRequest request = to_file ? request_of(TraceFormat::text, file.path) : request_of(TraceFormat::off);
        request.quiet = true;
        const Made made = scene.make(request);
        REQUIRE(made);
        REQUIRE((*made)->observer() != nullptr);
        trace::Span failed = hop();
        failed.outcome = trace::Outcome::failed;
        (*made)->observer()->span(std::move(failed));
        CHECK((*made)->finish(never));
        CHECK(has((*made)->last(false), "a -> b"));
        CHECK_FALSE(has((*made)->last(false), "\x1B["));
        CHECK(has((*made)->last(true), "\x1B["));
        CHECK(has(file.text(), "a -> b") == to_file);
    }
}

TEST_CASE("a reader of stdout that has gone is told once, and is no broken trace") {
    ::signal(SIGPIPE, SIG_IGN);
    Scene scene;
    PipedStdout out;
    out.close_reader();
    const Made made = scene.make(request_of(TraceFormat::text));
    REQUIRE(made);
    for (int i = 0; i < 3; ++i) {
        (*made)->observer()->span(hop());
        CHECK((*made)->finish(never));
    }
    CHECK(scene.gone == 1);
    CHECK_FALSE((*made)->broken());
}

TEST_CASE("a device without room breaks the trace, which is told, and the run is not stopped for it") {
    Scene scene;
    const Capture err(2);
    const Made made = scene.make(request_of(TraceFormat::text, "/dev/full"));
    REQUIRE(made);
    (*made)->observer()->span(hop());
    CHECK((*made)->finish(never));
    CHECK((*made)->broken());
    CHECK(scene.gone == 0);
    CHECK(err.text() ==
          "flowrun: cannot write the trace to /dev/full: No space left on device; the rest of it is lost\n");
}

TEST_CASE("a reader who does not read is waited for no longer than was said") {
    Scene scene;
    PipedStdout out;
    const Made made = scene.make(request_of(TraceFormat::text));
    REQUIRE(made);
    for (int i = 0; i < 2000; ++i) (*made)->observer()->span(hop());  // more than a pipe holds
    CHECK_FALSE((*made)->finish(after(scene.machine.now(), 50 * millisecond)));
    std::string all;
    World::Thread reader = scene.machine.start("reader", [&] {
        char block[1 << 16];
        while (std::count(all.begin(), all.end(), '\n') < 2000) {
            const ssize_t size = ::read(out.reader, block, sizeof block);
            if (size <= 0) break;
            all.append(block, static_cast<std::size_t>(size));
        }
    });
    CHECK((*made)->finish(never));
    reader.join();
    CHECK(std::count(all.begin(), all.end(), '\n') == 2000);
}
