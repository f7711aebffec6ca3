#pragma once
// What the trace tests share: a small flow's names, spans of it, and a format that writes a span's number.

#include <memory>
#include <string>
#include <utility>

#include "trace/digits.hh"
#include "trace/format.hh"
#include "trace/span.hh"

namespace flowrun::trace {

inline Names order_names() {
    return {"orders",
            {"orders", "details", "invoice"},
            {{}, {"in"}, {"in", "again"}},
            {"orders -> details", "details ~> invoice"}};
}

// 2026-01-31T12:34:56.007008009Z
inline constexpr std::int64_t noon = 1'769'862'896'007'008'009;

inline Span order_span(std::uint64_t message = 7) {
    Span span;
    span.trace = {0x0123456789abcdef, 0xfedcba9876543210};
    span.id = 0xa0b0c0d0e0f00102;
    span.parent = 0x1;
    span.start = noon;
    span.handled = 1'234'567;
    span.message = message;
    span.edge = 0;
    span.node = 1;
    return span;
}

inline Span failed_span(Code code, std::string text) {
    Span span = order_span();
    span.outcome = Outcome::failed;
    span.note = std::make_unique<Note>(Note{"", code, std::move(text)});
    return span;
}

template <class F>
std::string line_of(F&& format, const Span& span) {
    Block out;
    format.line(span, out);
    return std::string(out.view());
}

class Numbers : public Format {
public:
    void line(const Span& span, Block& out) override {
        out.commit(put_decimal(out.room(20), span.message));
        out.append("\n");
    }
};

}  // namespace flowrun::trace
