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

Span ending(std::int64_t end) {
    Span span = order_span(static_cast<std::uint64_t>(end));
    span.start = end;
    span.handled = 0;
    return span;
}

std::string printed(Tail& tail) {
    Numbers format;
    Block out;
    tail.print(format, out);
    return std::string(out.view());
}

std::string lines(std::int64_t from, std::int64_t to) {
    std::string text;
    for (std::int64_t n = from; n < to; ++n) text.append(std::to_string(n)).append("\n");
    return text;
}

}  // namespace

TEST_CASE("the tail of little is all of it, and printing takes nothing away") {
    Tail tail;
    CHECK(printed(tail).empty());
    for (std::int64_t n = 0; n < 3; ++n) tail.span(ending(n));
    CHECK(printed(tail) == lines(0, 3));
    CHECK(printed(tail) == lines(0, 3));
}

TEST_CASE("the tail is the last hundred, also after it was printed in between") {
    Tail tail;
    for (std::int64_t n = 0; n < 1234; ++n) {
        tail.span(ending(n));
        if (n % 77 == 0) printed(tail);
    }
    CHECK(printed(tail) == lines(1134, 1234));
}

TEST_CASE("the tail is the last hundred over all threads, also of threads that ended") {
    Tail tail;
    for (std::int64_t n = 0; n < 300; ++n) std::jthread([&] { tail.span(ending(n)); });
    CHECK(printed(tail) == lines(200, 300));
    tail.span(ending(1));
    CHECK(printed(tail) == lines(200, 300));
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
            for (std::int64_t n = 0; n < 20'000; ++n) tail.span(ending(n * 4 + t));
        });
    }
    for (int i = 0; i < 50; ++i) printed(tail);
    threads.clear();
    CHECK(printed(tail) == lines(79'900, 80'000));
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
