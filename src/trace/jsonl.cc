#include "trace/jsonl.hh"

#include <algorithm>

#include "base/visible.hh"
#include "trace/digits.hh"

namespace flowrun::trace {

namespace {

constexpr std::int64_t nanos = 1'000'000'000;

std::string json(std::string_view text) {
    Block block;
    put_escaped(block, text);
    return '"' + std::string(block.view()) + '"';
}

template <std::size_t N>
char* put(char* to, const char (&text)[N]) {
    std::memcpy(to, text, N - 1);
    return to + N - 1;
}

// Years 0 to 9999, proleptic Gregorian.
void put_date_time(char* to, std::int64_t seconds) {
    const std::int64_t day = seconds >= 0 ? seconds / 86400 : (seconds - 86399) / 86400;
    const auto rest = static_cast<unsigned>(seconds - day * 86400);
    // Days are counted from 1 March of year 0, so that a leap day ends its year.
    const std::int64_t z = day + 719468;
    const std::int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    const auto of_era = static_cast<unsigned>(z - era * 146097);
    const unsigned year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    const unsigned of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const unsigned month_from_march = (5 * of_year + 2) / 153;
    const unsigned day_of_month = of_year - (153 * month_from_march + 2) / 5 + 1;
    const unsigned month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    const auto year = static_cast<unsigned>(static_cast<std::int64_t>(year_of_era) + era * 400 + (month <= 2 ? 1 : 0));
    to = put_two(to, year / 100 % 100);
    to = put_two(to, year % 100);
    *to++ = '-';
    to = put_two(to, month);
    *to++ = '-';
    to = put_two(to, day_of_month);
    *to++ = 'T';
    to = put_two(to, rest / 3600);
    *to++ = ':';
    to = put_two(to, rest / 60 % 60);
    *to++ = ':';
    to = put_two(to, rest % 60);
    *to = '.';
}

std::uint64_t positive(std::int64_t number) { return number > 0 ? static_cast<std::uint64_t>(number) : 0; }

void put_note(Block& out, const Note& note) {
    if (note.code == Code::ok) return out.append("null");
    out.append("{\"code\":\"");
    out.append(name_of(note.code));
    out.append("\",\"message\":\"");
    put_escaped(out, note.error);
    out.append("\"}");
}

}  // namespace

void put_escaped(Block& out, std::string_view text) {
    char* to = out.room(text.size() * 6);
    while (!text.empty()) {
        const CodePoint point = first_code_point(text);
        const char first = text[0];
        if (point.code == CodePoint::bad) {
            to = put(to, "\xEF\xBF\xBD");
        } else if (first == '"' || first == '\\') {
            *to++ = '\\';
            *to++ = first;
        } else if (first == '\n') {
            to = put(to, "\\n");
        } else if (disturbs(point.code)) {
            to = put(to, "\\u");
            for (unsigned shift = 16; shift != 0; shift -= 4)
                *to++ = "0123456789abcdef"[point.code >> (shift - 4) & 15U];
        } else {
            to = Block::copy(to, text.substr(0, point.size));
        }
        text.remove_prefix(point.size);
    }
    out.commit(to);
}

Jsonl::Jsonl(const Names& names) : longest_(0) {
    std::size_t place = 0, edge = sizeof "\"edge\":null,\"mode\":null,\"attempt\":";
    for (std::size_t node = 0; node < names.nodes.size(); ++node) {
        const std::string start = ",\"node\":" + json(names.nodes[node]) + ",\"port\":";
        auto& places = places_.emplace_back();
        places.push_back(start + "null,");
        if (node < names.input_ports.size()) {
            for (const std::string& port : names.input_ports[node]) places.push_back(start + json(port) + ',');
        }
        for (const std::string& text : places) place = std::max(place, text.size());
    }
    for (const std::string& name : names.edges) {
        for (const char* mode : {"sync", "async"}) {
            edges_.push_back("\"edge\":" + json(name) + ",\"mode\":\"" + mode + "\",\"attempt\":");
            edge = std::max(edge, edges_.back().size());
        }
    }
    longest_ = 320 + place + edge;
}

char* Jsonl::put_start(char* to, std::int64_t start) {
    std::int64_t second = start / nanos;
    std::int64_t rest = start % nanos;
    if (rest < 0) {
        rest += nanos;
        --second;
    }
    if (second != second_) {
        put_date_time(second_text_, second);
        second_ = second;
    }
    std::memcpy(to, second_text_, sizeof second_text_);
    return put_nine(to + sizeof second_text_, static_cast<std::uint32_t>(rest));
}

void Jsonl::line(const Span& span, Block& out) {
    const bool root = span.edge == no_edge;
    char* to = out.room(longest_);
    to = put(to, "{\"trace_id\":\"");
    to = put_hex(to, span.trace.high);
    to = put_hex(to, span.trace.low);
    to = put(to, "\",\"span_id\":\"");
    to = put_hex(to, span.id);
    if (span.parent != 0) {
        to = put(to, "\",\"parent_id\":\"");
        to = put_hex(to, span.parent);
        *to++ = '"';
    } else {
        to = put(to, "\",\"parent_id\":null");
    }
    const auto& places = places_.at(span.node);
    to = Block::copy(to, root ? places.front() : places.at(span.port + std::size_t{1}));
    to = root ? put(to, "\"edge\":null,\"mode\":null,\"attempt\":")
              : Block::copy(to, edges_.at(span.edge * std::size_t{2} + (span.async ? 1 : 0)));
    to = put_decimal(to, span.attempt);
    to = put(to, ",\"start\":\"");
    to = put_start(to, span.start);
    to = put(to, "Z\",\"queued_ns\":");
    to = put_decimal(to, positive(span.queued));
    to = put(to, ",\"handled_ns\":");
    to = put_decimal(to, positive(span.handled));
    to = put(to, ",\"outcome\":\"");
    to = Block::copy(to, name_of(span.outcome));
    if (!span.note) {
        to = put(to, "\",\"error\":null,\"msg_id\":\"");
        to = put_decimal(to, span.message);
        to = put(to, "\"}\n");
        out.commit(to);
        return;
    }
    to = put(to, "\",\"error\":");
    out.commit(to);
    put_note(out, *span.note);
    out.append(",\"msg_id\":\"");
    to = out.room(20);
    if (span.note->message_id.empty()) {
        out.commit(put_decimal(to, span.message));
    } else {
        put_escaped(out, span.note->message_id);
    }
    out.append("\"}\n");
}

}  // namespace flowrun::trace
