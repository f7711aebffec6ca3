#include "trace/tail.hh"

#include <catch2/catch.hpp>
#include <string>
#include <thread>
#include <vector>

#include "spans.hh"
#include "trace/tee.hh"

using namespace flowrun;
using namespace flowrun::trace;

namespace {

Span hop(std::uint64_t message, std::int64_t end, Outcome outcome, const std::string& error = {}) {
    Span span = order_span(message);
    span.id = static_cast<SpanId>(end) + 1;
    span.trace = {7, 7};
    span.start = end;
    span.handled = 0;
    span.outcome = outcome;
    span.note.reset();
    if (error.empty()) return span;
    span.note = std::make_unique<Note>();
    span.note->code = Code::timeout;
    span.note->error = error;
    return span;
}

// "message outcome" a line.
struct Hops : Format {
    void line(const Span& span, Block& out) override {
        out.append(std::to_string(span.message) + " " + std::string(name_of(span.outcome)) + "\n");
    }
};

std::string printed(Tail& tail) {
    Hops format;
    Block out;
    tail.print(format, out);
    return std::string(out.view());
}

}  // namespace

TEST_CASE("the tail of a run in which nothing failed is empty") {
    Tail tail;
    for (std::int64_t n = 0; n < 1000; ++n) tail.span(hop(static_cast<std::uint64_t>(n), n, Outcome::ok));
    tail.span(hop(1000, 1000, Outcome::claimed, "taken"));
    CHECK(printed(tail).empty());
}

TEST_CASE("the tail is what failed and what led to it, however much came later, and printing takes nothing away") {
    Tail tail;
    tail.span(hop(1, 1, Outcome::ok));
    tail.span(hop(2, 2, Outcome::ok));
    tail.span(hop(2, 3, Outcome::failed, "no answer"));
    for (std::int64_t n = 10; n < 1000; ++n) tail.span(hop(static_cast<std::uint64_t>(n), n, Outcome::ok));
    CHECK(printed(tail) == "2 ok\n2 failed\n");
    CHECK(printed(tail) == "2 ok\n2 failed\n");
}

TEST_CASE("what led to a failure may have been on other threads, which may have ended") {
    Tail tail;
    std::jthread([&] { tail.span(hop(2, 2, Outcome::ok)); }).join();
    for (std::int64_t n = 0; n < 70; ++n) std::jthread([&] { tail.span(hop(5, 100 + n, Outcome::ok)); }).join();
    tail.span(hop(2, 300, Outcome::failed, "no answer"));
    CHECK(printed(tail) == "2 ok\n2 failed\n");
}

TEST_CASE("messages that fared alike are shown once, with their number, and numbers make no difference") {
    Tail tail;
    for (std::int64_t n = 0; n < 40; ++n) {
        const auto message = static_cast<std::uint64_t>(n);
        tail.span(hop(message, 2 * n, Outcome::ok));
        tail.span(hop(message, 2 * n + 1, Outcome::failed, "order " + std::to_string(n) + " is gone"));
    }
    tail.span(hop(99, 99, Outcome::failed, "something else"));
    CHECK(printed(tail) == "0 ok\n0 failed\n  39 more messages fared like this\n99 failed\n");
}

TEST_CASE("where claimed failures count, they are in the tail") {
    Tail tail(true);
    tail.span(hop(1, 1, Outcome::claimed, "taken"));
    CHECK(printed(tail) == "1 claimed\n");
}

TEST_CASE("spans keep their notes in the tail") {
    Tail tail;
    tail.span(failed_span(Code::timeout, "too late"));
    struct Messages : Format {
        void line(const Span& span, Block& out) override { out.append(span.note->error); }
    } format;
    Block out;
    tail.print(format, out);
    CHECK(out.view() == "too late");
}

TEST_CASE("many threads may record while one prints") {
    Tail tail;
    std::vector<std::jthread> threads;
    for (std::int64_t t = 0; t < 4; ++t) {
        threads.emplace_back([&tail, t] {
            for (std::int64_t n = 0; n < 20'000; ++n)
                tail.span(hop(static_cast<std::uint64_t>(n), n * 4 + t, n % 100 == 0 ? Outcome::failed : Outcome::ok));
        });
    }
    for (int i = 0; i < 50; ++i) printed(tail);
    threads.clear();
    CHECK(printed(tail).find("failed") != std::string::npos);
}

TEST_CASE("a tee gives both a whole span") {
    Tail first, second;
    Tee tee(first, second);
    Span span = failed_span(Code::timeout, "too late");
    span.note->message_id = "5";
    tee.span(std::move(span));
    struct Notes : Format {
        void line(const Span& s, Block& out) override {
            out.append(s.note->message_id);
            out.append(s.note->error);
        }
    } format;
    Block out;
    first.print(format, out);
    second.print(format, out);
    CHECK(out.view() == "5too late5too late");
}
