#include "trace/context.hh"

#include <catch2/catch.hpp>
#include <set>
#include <thread>
#include <vector>

#include "trace/ids.hh"

using namespace flowrun::trace;

TEST_CASE("a traceparent is read and written") {
    const auto context = parse_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    REQUIRE(context);
    CHECK(context->trace == TraceId{0x4bf92f3577b34da6, 0xa3ce929d0e0e4736});
    CHECK(context->span == 0x00f067aa0ba902b7);
    CHECK(context->sampled);
    CHECK(format_traceparent(*context) == "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    const auto not_sampled = parse_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-fe");
    REQUIRE(not_sampled);
    CHECK_FALSE(not_sampled->sampled);
    CHECK(format_traceparent(*not_sampled).ends_with("-00"));
}

TEST_CASE("a later version is read as far as this one goes") {
    CHECK(parse_traceparent("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
    CHECK(parse_traceparent("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-is-next"));
    CHECK_FALSE(parse_traceparent("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.what"));
}

TEST_CASE("a traceparent against the rules is refused") {
    for (const char* bad : {
             "",
             "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
             "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
             "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
             "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01 ",
             "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
             "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
             "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
             "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
             "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
             "00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01",
             "0x-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
             "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x",
         }) {
        INFO(bad);
        CHECK_FALSE(parse_traceparent(bad));
    }
}

TEST_CASE("ids never repeat, on one thread or many") {
    Ids ids;
    std::vector<std::vector<SpanId>> made(4);
    {
        std::vector<std::jthread> threads;
        for (auto& mine : made) {
            threads.emplace_back([&] {
                for (int i = 0; i < 100'000; ++i) mine.push_back(ids.span());
            });
        }
    }
    std::set<SpanId> all;
    for (const auto& mine : made) all.insert(mine.begin(), mine.end());
    CHECK(all.size() == 400'000);
    CHECK_FALSE(all.contains(0));
}

TEST_CASE("a seed gives the same ids again, another seed or none gives others") {
    Ids first(5), again(5), other(6), random, random_too;
    for (int i = 0; i < 1000; ++i) {
        const SpanId span = first.span();
        CHECK(again.span() == span);
        CHECK(other.span() != span);
    }
    CHECK(first.trace() == again.trace());
    CHECK_FALSE(random.trace() == random_too.trace());
}

TEST_CASE("the bits of ids are evenly set, also within one trace id") {
    Ids ids(1);
    int set[128] = {};
    for (int i = 0; i < 4096; ++i) {
        const TraceId id = ids.trace();
        CHECK(id.high != id.low);
        for (int bit = 0; bit < 64; ++bit) {
            set[bit] += static_cast<int>(id.high >> bit & 1);
            set[bit + 64] += static_cast<int>(id.low >> bit & 1);
        }
    }
    for (const int count : set) {
        CHECK(count > 1800);
        CHECK(count < 2300);
    }
}
