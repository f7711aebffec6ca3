#include "expr/describe.hh"

#include <algorithm>

#include <fmt/format.h>

#include "expr/convert.hh"

namespace flowrun::expr {
namespace {

constexpr std::size_t part_limit = 80, whole_limit = 160;  // bytes shown of an expression

bool inside_character(std::string_view text, std::size_t at) {
    return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
}

// The text on one line, without spaces around it; of a long one the stretch around [from, from + length).
std::string excerpt(std::string_view text, std::size_t from, std::size_t length, std::size_t limit) {
    std::size_t begin = std::min(text.find_first_not_of(" \t\r\n"), text.size());
    std::size_t end = std::max(text.find_last_not_of(" \t\r\n") + 1, begin);
    const std::size_t first = begin, last = end;
    if (end - begin > limit) {
        const std::size_t around = length < limit ? (limit - length) / 2 : 0;
        begin = std::clamp(from > around ? from - around : 0, begin, end - limit);
        end = begin + limit;
        while (begin < end && inside_character(text, begin)) ++begin;
        while (end > begin && inside_character(text, end)) --end;
    }
    std::string out(begin > first ? "…" : "");
    out += text.substr(begin, end - begin);
    std::replace_if(out.begin(), out.end(), [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
    return end < last ? out + "…" : out;
}

}  // namespace

std::string culprits_of(const Failure& failure) {
    std::string out;
    for (std::uint32_t i = 0; i < failure.culprit_count; ++i) {
        if (i > 0) out += i + 1 == failure.culprit_count ? " and " : ", ";
        out += to_display(failure.culprits[i]);
    }
    return out;
}

std::string describe(const Failure& failure, std::string_view text) {
    std::string out(failure.message);
    const std::size_t from = std::min<std::size_t>(failure.begin, text.size());
    const std::size_t mark = std::clamp<std::size_t>(failure.offset, from, text.size());
    const std::string_view piece = text.substr(from, failure.size);
    const std::string part = excerpt(piece, mark - from, failure.length, part_limit);
    const std::string whole = excerpt(text, mark, failure.length, whole_limit);
    if (!part.empty() && part != whole) out += fmt::format(", at '{}'", part);
    if (!whole.empty()) out += fmt::format(", in '{}'", whole);
    // What was revealed was revealed for a purpose, and that is not this text.
    if (failure.culprit_count == 0 || text.find("reveal(") != text.npos) return out;
    return out + fmt::format(" ({} {})", failure.culprit_count == 1 ? "the value was" : "the values were",
                             culprits_of(failure));
}

}  // namespace flowrun::expr
