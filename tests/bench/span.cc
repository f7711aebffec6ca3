// What a trace line costs: span [N]. Each row formats N spans of the same fields as a line of JSON into 64 KiB blocks
// that go to /dev/null. `hand` is straight code for one kind of span with nothing to look up; `snprintf` and `fmt` are what one
// would write first. `recorder` is what the thread that records pays until all is out, the writer thread beside it.

#include <fcntl.h>
#include <fmt/compile.h>
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <utility>

#include "base/machine.hh"
#include "trace/digits.hh"
#include "trace/jsonl.hh"
#include "trace/recorder.hh"
#include "trace/text.hh"

using namespace flowrun;
using namespace flowrun::trace;

namespace {

constexpr std::size_t block_bytes = 64 << 10;

Names names() { return {"bench", {"orders", "keep_paid"}, {{}, {"in"}}, {"orders -> keep_paid"}}; }

Span numbered(std::uint64_t n) {
    Span span;
    span.trace = {0x1234567890abcdef, n};
    span.id = 0x1234567890abcdef * (n + 1);
    span.parent = span.id ^ 1;
    span.start = static_cast<std::int64_t>(1'780'000'000'000'000'000 + n * 1000);
    span.handled = 750;
    span.message = n;
    span.edge = 0;
    span.node = 1;
    return span;
}

struct Null {
    int descriptor = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    void write(const char* bytes, std::size_t size) const {
        if (::write(descriptor, bytes, size) != static_cast<ssize_t>(size)) std::exit(1);
    }
};

// Formats n spans by `line(span, to) -> end` into a block of its own.
template <class Line>
void into_blocks(std::uint64_t n, Line line) {
    Null null;
    static char block[block_bytes + 1024];
    char* to = block;
    for (std::uint64_t i = 0; i < n; ++i) {
        to = line(numbered(i), to);
        if (to >= block + block_bytes) {
            null.write(block, static_cast<std::size_t>(to - block));
            to = block;
        }
    }
    null.write(block, static_cast<std::size_t>(to - block));
}

template <class F>
void by_format(std::uint64_t n, F format) {
    Null null;
    Block block;
    for (std::uint64_t i = 0; i < n; ++i) {
        format.line(numbered(i), block);
        if (block.size() >= block_bytes) {
            null.write(block.view().data(), block.size());
            block.clear();
        }
    }
    null.write(block.view().data(), block.size());
}

#define FIELDS(hex, dec)                                                        \
    "\"trace_id\":\"" hex hex "\",\"span_id\":\"" hex "\",\"parent_id\":\"" hex \
    "\",\"node\":\"%s\",\"port\":"                                              \
    "\"%s\",\"edge\":\"%s\",\"mode\":\"%s\",\"attempt\":%u,\"start\":" dec ",\"queued_ns\":" dec

char* by_snprintf(const Span& s, char* to) {
    return to + std::snprintf(to, 1024,
                              "{" FIELDS("%016" PRIx64, "%" PRId64) ",\"handled_ns\":%" PRId64
                                                                    ",\"outcome\":\"%s\",\"error\":null,\"msg_id\":"
                                                                    "\"%" PRIu64 "\"}\n",
                              s.trace.high, s.trace.low, s.id, s.parent, "keep_paid", "in", "orders -> keep_paid",
                              "sync", s.attempt, s.start, s.queued, s.handled, "ok", s.message);
}

char* by_fmt(const Span& s, char* to) {
    return fmt::format_to(
        to,
        FMT_COMPILE(
            "{{\"trace_id\":\"{:016x}{:016x}\",\"span_id\":\"{:016x}\",\"parent_id\":\"{:016x}\",\"node\":\"{}\","
            "\"port\":\"{}\",\"edge\":\"{}\",\"mode\":\"{}\",\"attempt\":{},\"start\":{},\"queued_ns\":{},"
            "\"handled_ns\":{},\"outcome\":\"{}\",\"error\":null,\"msg_id\":\"{}\"}}\n"),
        s.trace.high, s.trace.low, s.id, s.parent, "keep_paid", "in", "orders -> keep_paid", "sync", s.attempt, s.start,
        s.queued, s.handled, "ok", s.message);
}

char* by_hand(const Span& s, char* to) {
    const auto text = [&to](std::string_view part) { to = Block::copy(to, part); };
    text("{\"trace_id\":\"");
    to = put_hex(to, s.trace.high);
    to = put_hex(to, s.trace.low);
    text("\",\"span_id\":\"");
    to = put_hex(to, s.id);
    text("\",\"parent_id\":\"");
    to = put_hex(to, s.parent);
    text("\",\"node\":\"keep_paid\",\"port\":\"in\",\"edge\":\"orders -> keep_paid\",\"mode\":\"sync\",\"attempt\":");
    to = put_decimal(to, s.attempt);
    text(",\"start\":");
    to = put_decimal(to, static_cast<std::uint64_t>(s.start));
    text(",\"queued_ns\":");
    to = put_decimal(to, static_cast<std::uint64_t>(s.queued));
    text(",\"handled_ns\":");
    to = put_decimal(to, static_cast<std::uint64_t>(s.handled));
    text(",\"outcome\":\"ok\",\"error\":null,\"msg_id\":\"");
    to = put_decimal(to, s.message);
    text("\"}\n");
    return to;
}

void through_recorder(std::uint64_t n) {
    Null null;
    Machine machine;
    Recorder recorder(machine, std::make_unique<Jsonl>(names()), Sink(null.descriptor), {});
    for (std::uint64_t i = 0; i < n; ++i) recorder.span(numbered(i));
}

double measure(const char* name, std::uint64_t n, const std::function<void(std::uint64_t)>& run) {
    run(n / 10);
    double best = 0;
    for (int round = 0; round < 3; ++round) {
        const auto begin = std::chrono::steady_clock::now();
        run(n);
        const double secs = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
        if (round == 0 || secs < best) best = secs;
    }
    std::printf("BENCH %s ops=%" PRIu64 " secs=%.9f ns=%.1f\n", name, n, best, best / static_cast<double>(n) * 1e9);
    return best;
}

}  // namespace

int main(int argc, char** argv) {
    const std::uint64_t n = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 3'000'000;
    if (n < 10) {
        std::fprintf(stderr, "usage: span [number of spans, at least 10]\n");
        return 64;
    }
    const double hand = measure("hand", n, [](std::uint64_t k) { into_blocks(k, by_hand); });
    const double jsonl = measure("jsonl", n, [](std::uint64_t k) { by_format(k, Jsonl(names())); });
    const double text = measure("text", n, [](std::uint64_t k) { by_format(k, Text(names(), false)); });
    const double compiled = measure("fmt", n, [](std::uint64_t k) { into_blocks(k, by_fmt); });
    const double printf_like = measure("snprintf", n, [](std::uint64_t k) { into_blocks(k, by_snprintf); });
    const double recorder = measure("recorder", n, through_recorder);
    std::printf("RATIO jsonl/hand=%.2f jsonl/fmt=%.2f jsonl/snprintf=%.2f text/fmt=%.2f recorder/hand=%.2f\n",
                jsonl / hand, jsonl / compiled, jsonl / printf_like, text / compiled, recorder / hand);
}
