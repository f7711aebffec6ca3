// The rule at the end of a zone file: CET-1CEST,M3.5.0,M10.5.0/3

#include <algorithm>

#include "expr/calendar.hh"
#include "expr/zone.hh"

namespace flowrun::expr {
namespace {

constexpr std::int64_t day_seconds = 86400;

bool number(std::string_view& text, int& out) {
    std::size_t digits = 0;
    for (out = 0; digits < text.size() && digits < 4 && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
        out = out * 10 + (text[digits] - '0');
    }
    text.remove_prefix(digits);
    return digits > 0;
}

// [+-]h[h][:mm[:ss]]
bool clock(std::string_view& text, std::int32_t& seconds) {
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) text.remove_prefix(1);
    int part = 0;
    if (!number(text, part)) return false;
    seconds = part * 3600;
    for (const int unit : {60, 1}) {
        if (!text.starts_with(':')) break;
        text.remove_prefix(1);
        if (!number(text, part)) return false;
        seconds += part * unit;
    }
    if (negative) seconds = -seconds;
    return true;
}

// CET or <+03>
bool name(std::string_view& text) {
    std::size_t size = 0;
    if (text.starts_with('<')) {
        size = text.find('>');
        if (size == std::string_view::npos) return false;
        ++size;
    } else {
        const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
        while (size < text.size() && letter(text[size])) ++size;
    }
    text.remove_prefix(size);
    return size >= 3;
}

}  // namespace

bool ZoneRule::parse_change(std::string_view& text, Change& out) {
    if (!text.starts_with(',')) return false;
    text.remove_prefix(1);
    out = {};
    out.form = text.starts_with('M') ? 'M' : text.starts_with('J') ? 'J' : 'D';
    if (out.form != 'D') text.remove_prefix(1);
    if (out.form == 'M') {
        if (!number(text, out.month) || !text.starts_with('.')) return false;
        text.remove_prefix(1);
        if (!number(text, out.week) || !text.starts_with('.')) return false;
        text.remove_prefix(1);
        if (out.month < 1 || out.month > 12 || out.week < 1 || out.week > 5) return false;
    }
    if (!number(text, out.day) || out.day > 366) return false;
    if (!text.starts_with('/')) return true;
    text.remove_prefix(1);
    return clock(text, out.time);
}

bool ZoneRule::parse(std::string_view text) {
    std::int32_t west = 0;
    if (!name(text) || !clock(text, west)) return false;
    standard_ = -west;
    has_summer_ = !text.empty();
    if (!has_summer_) return true;
    if (!name(text)) return false;
    summer_ = standard_ + 3600;
    if (!text.empty() && text[0] != ',') {
        if (!clock(text, west)) return false;
        summer_ = -west;
    }
    return parse_change(text, begins_) && parse_change(text, ends_) && text.empty();
}

std::int64_t ZoneRule::Change::in_year(std::int64_t year) const {
    std::int64_t days = 0;
    if (form == 'M') {
        const auto m = static_cast<unsigned>(month);
        const std::int64_t first = days_of({year, m, 1});
        const std::int64_t weekday = ((first + 4) % 7 + 7) % 7;  // 1970-01-01 was a Thursday
        std::int64_t in_month = (day - weekday + 7) % 7 + (week - 1) * 7;
        if (in_month >= days_in_month(year, m)) in_month -= 7;
        days = first + in_month;
    } else {
        days = days_of({year, 1, 1}) + day;
        const bool leap = days_in_month(year, 2) == 29;
        if (form == 'J' && !(leap && day >= 60)) --days;
    }
    return days * day_seconds + time;
}

std::int32_t ZoneRule::offset(std::int64_t seconds) const {
    if (!has_summer_) return standard_;
    std::int64_t days = (seconds + standard_) / day_seconds;
    if ((seconds + standard_) % day_seconds < 0) --days;
    const std::int64_t year = date_of(days).year;
    const std::int64_t begin = begins_.in_year(year) - standard_;
    const std::int64_t end = ends_.in_year(year) - summer_;
    const bool summer = begin < end ? seconds >= begin && seconds < end : seconds >= begin || seconds < end;
    return summer ? summer_ : standard_;
}

std::optional<std::int64_t> ZoneRule::next_change(std::int64_t seconds) const {
    if (!has_summer_) return std::nullopt;
    const std::int64_t year = date_of(seconds / day_seconds).year;
    std::optional<std::int64_t> first;
    for (std::int64_t y = year - 1; y <= year + 2; ++y) {
        for (const std::int64_t at : {begins_.in_year(y) - standard_, ends_.in_year(y) - summer_}) {
            const bool sooner = at > seconds && (!first || at < *first);
            if (sooner && offset(at) != offset(at - 1)) first = at;
        }
    }
    return first;
}

}  // namespace flowrun::expr
