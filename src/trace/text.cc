#include "trace/text.hh"

#include <algorithm>
#include <ctime>

#include "base/visible.hh"
#include "trace/digits.hh"

namespace flowrun::trace {

namespace {

constexpr std::int64_t nanos = 1'000'000'000;
constexpr std::size_t widest_edge = 56;  // longer ones push their line to the right
constexpr std::size_t duration_width = 7;
constexpr std::size_t outcome_width = 8;
constexpr std::size_t longest_error = 2000;
constexpr std::string_view plain = "\x1b[0m", dim = "\x1b[2m";

std::string_view color_of(Outcome outcome) {
    switch (outcome) {
        case Outcome::ok: return "\x1b[32m";
        case Outcome::failed: return "\x1b[1;31m";
        case Outcome::claimed: return "\x1b[33m";
        case Outcome::filtered: return dim;
        case Outcome::dropped: return "\x1b[1;35m";
        case Outcome::late: return "\x1b[33m";
    }
    return plain;
}

void put_number(Block& out, std::uint64_t number) { out.commit(put_decimal(out.room(20), number)); }
void put_spaces(Block& out, std::size_t count) {
    char* room = out.room(count);
    std::memset(room, ' ', count);
    out.commit(room + count);
}

// `value` in thousandths of the unit, shown with three digits.
void put_three(Block& out, std::uint64_t value, std::string_view unit) {
    put_number(out, value / 1000);
    if (value < 100'000) {
        char* to = out.room(3);
        *to++ = '.';
        const auto rest = static_cast<unsigned>(value % 1000);
        if (value < 10'000) {
            to = put_two(to, rest / 10);
        } else {
            *to++ = static_cast<char>('0' + rest / 100);
        }
        out.commit(to);
    }
    out.append(unit);
}

void put_pair(Block& out, std::uint64_t large, char large_unit, std::uint64_t small, char small_unit) {
    put_number(out, large);
    char* to = out.room(4);
    *to++ = large_unit;
    to = put_two(to, static_cast<unsigned>(small));
    *to++ = small_unit;
    out.commit(to);
}

void put_right(Block& out, std::int64_t duration) {
    Block text;
    put_duration(text, duration);
    const bool micro = text.view().find("µ") != std::string_view::npos;
    const std::size_t width = text.size() - (micro ? 1 : 0);
    put_spaces(out, width < duration_width ? duration_width - width : 0);
    out.append(text.view());
}

void put_error(Block& out, const Note& note) {
    const std::string_view message = note.error;
    std::size_t shown = message.size();
    if (shown > longest_error) {
        shown = longest_error;
        while (shown > 0 && (static_cast<unsigned char>(message[shown]) & 0xC0) == 0x80) --shown;
    }
    out.append(name_of(note.code));
    if (!message.empty()) out.append(": ");
    out.append(visible(message.substr(0, shown)));
    if (shown == message.size()) return;
    out.append("… (");
    put_number(out, message.size() - shown);
    out.append(" more bytes)");
}

std::vector<std::string> padded(const std::vector<std::string>& names, std::size_t width) {
    std::vector<std::string> result;
    for (const std::string& name : names) {
        result.push_back("  " + name);
        if (name.size() < width) result.back().append(width - name.size(), ' ');
    }
    return result;
}

}  // namespace

void put_duration(Block& out, std::int64_t nanoseconds) {
    const std::uint64_t ns = nanoseconds > 0 ? static_cast<std::uint64_t>(nanoseconds) : 0;
    if (ns < 1000) {
        put_number(out, ns);
        out.append("ns");
    } else if (ns < 1'000'000) {
        put_three(out, ns, "µs");
    } else if (ns < 1'000'000'000) {
        put_three(out, ns / 1000, "ms");
    } else if (const std::uint64_t s = ns / 1'000'000'000; s < 60) {
        put_three(out, ns / 1'000'000, "s");
    } else if (s < 3600) {
        put_pair(out, s / 60, 'm', s % 60, 's');
    } else if (s < 86400) {
        put_pair(out, s / 3600, 'h', s / 60 % 60, 'm');
    } else {
        put_pair(out, s / 86400, 'd', s / 3600 % 24, 'h');
    }
}

Text::Text(const Names& names, bool color) : color_(color) {
    std::size_t width = 0;
    for (const std::string& edge : names.edges) width = std::max(width, edge.size());
    for (const std::string& node : names.nodes) width = std::max(width, node.size());
    width = std::min(width, widest_edge);
    nodes_ = padded(names.nodes, width);
    edges_ = padded(names.edges, width);
}

void Text::put_time(Block& out, std::int64_t at) {
    std::int64_t second = at / nanos, rest = at % nanos;
    if (rest < 0) {
        rest += nanos;
        --second;
    }
    if (second != second_) {
        std::tm local{};
        const std::time_t when = second;
        localtime_r(&when, &local);
        char* to = put_two(second_text_, static_cast<unsigned>(local.tm_hour));
        *to++ = ':';
        to = put_two(to, static_cast<unsigned>(local.tm_min));
        *to++ = ':';
        to = put_two(to, static_cast<unsigned>(local.tm_sec));
        *to = '.';
        second_ = second;
    }
    char* to = out.room(12);
    to = Block::copy(to, {second_text_, sizeof second_text_});
    const auto millis = static_cast<unsigned>(rest / 1'000'000);
    *to++ = static_cast<char>('0' + millis / 100);
    out.commit(put_two(to, millis % 100));
}

void Text::put_outcome(Block& out, const Span& span) {
    const std::string_view word = name_of(span.outcome);
    const bool attempt = span.attempt > 1, error = span.note && span.note->code != Code::ok;
    if (color_) out.append(color_of(span.outcome));
    out.append(word);
    if (color_) out.append(plain);
    if (!attempt && !error) return;
    put_spaces(out, outcome_width - word.size() + 2);
    if (attempt) {
        out.append("try ");
        put_number(out, span.attempt);
        if (error) out.append("  ");
    }
    if (error) put_error(out, *span.note);
}

void Text::line(const Span& span, Block& out) {
    char trace[16];
    put_hex(trace, span.trace.high);
    const bool root = span.edge == no_edge;
    if (color_) out.append(dim);
    put_time(out, span.start + span.handled);
    out.append("  ");
    out.append({trace, 8});
    if (color_) out.append(plain);
    out.append(root ? nodes_.at(span.node) : edges_.at(span.edge));
    out.append(root ? "         " : span.async ? "  async  " : "  sync   ");
    if (span.queued > 0) {
        put_right(out, span.queued);
    } else {
        put_spaces(out, duration_width);
    }
    out.append("  ");
    put_right(out, span.handled);
    out.append("  ");
    put_outcome(out, span);
    out.append("\n");
}

}  // namespace flowrun::trace
