#include "expr/calendar.hh"

#include <array>

#include <fmt/format.h>

namespace flowrun::expr {
namespace {

constexpr std::int64_t day_seconds = 86400;
constexpr std::int64_t billion = 1'000'000'000;
__extension__ typedef __int128 Wide;

// Days since 0000-03-01 make leap days fall at the end of a year.
constexpr std::int64_t epoch_shift = 719468;
constexpr std::int64_t days_of_400_years = 146097;

// Takes digits off the front.
class Scanner {
public:
    explicit Scanner(std::string_view text) : text_(text) {}
    bool number(std::size_t digits, std::int64_t& out) {
        if (text_.size() < digits) return false;
        out = 0;
        for (std::size_t i = 0; i < digits; ++i) {
            if (text_[i] < '0' || text_[i] > '9') return false;
            out = out * 10 + (text_[i] - '0');
        }
        text_.remove_prefix(digits);
        return true;
    }
    bool any_of(std::string_view set, char* which = nullptr) {
        if (text_.empty() || set.find(text_[0]) == std::string_view::npos) return false;
        if (which != nullptr) *which = text_[0];
        text_.remove_prefix(1);
        return true;
    }
    // Digits of a fraction of a second, at most nine.
    bool fraction(std::uint32_t& nanoseconds) {
        std::uint32_t unit = 100'000'000;
        std::size_t digits = 0;
        nanoseconds = 0;
        for (; !text_.empty() && text_[0] >= '0' && text_[0] <= '9'; ++digits, unit /= 10) {
            nanoseconds += unit * static_cast<std::uint32_t>(text_[0] - '0');
            text_.remove_prefix(1);
        }
        return digits >= 1 && digits <= 9;
    }
    bool at_end() const { return text_.empty(); }

private:
    std::string_view text_;
};

bool offset(Scanner& in, std::int64_t& seconds) {
    char sign = 'Z';
    std::int64_t hours = 0, minutes = 0;
    seconds = 0;
    if (in.any_of("Zz")) return true;
    if (!in.any_of("+-", &sign) || !in.number(2, hours) || !in.any_of(":") || !in.number(2, minutes)) return false;
    if (hours > 23 || minutes > 59) return false;
    seconds = (hours * 3600 + minutes * 60) * (sign == '-' ? -1 : 1);
    return true;
}

struct Unit {
    std::string_view name;
    std::int64_t nanoseconds;
};
constexpr std::array units{Unit{"ns", 1},           Unit{"us", 1'000},        Unit{"µs", 1'000},
                           Unit{"μs", 1'000},       Unit{"ms", 1'000'000},    Unit{"s", billion},
                           Unit{"m", 60 * billion}, Unit{"h", 3600 * billion}};

const Unit* unit_at(std::string_view text) {
    const Unit* best = nullptr;
    for (const Unit& unit : units) {
        if (text.starts_with(unit.name) && (best == nullptr || unit.name.size() > best->name.size())) best = &unit;
    }
    return best;
}

// One "1.5h" off the front of `text`, added to `total`.
bool take_part(std::string_view& text, Wide& total) {
    std::uint64_t whole = 0;
    std::int64_t fraction = 0, scale = 1;
    std::size_t digits = 0;
    const auto digit = [&] { return !text.empty() && text[0] >= '0' && text[0] <= '9'; };
    for (; digit(); ++digits, text.remove_prefix(1)) {
        if (__builtin_mul_overflow(whole, std::uint64_t{10}, &whole)) return false;
        if (__builtin_add_overflow(whole, static_cast<std::uint64_t>(text[0] - '0'), &whole)) return false;
    }
    if (!text.empty() && text[0] == '.') {
        text.remove_prefix(1);
        for (; digit(); ++digits, text.remove_prefix(1)) {
            if (scale > billion * 100'000) continue;  // finer than any unit shows
            fraction = fraction * 10 + (text[0] - '0');
            scale *= 10;
        }
    }
    const Unit* unit = unit_at(text);
    if (digits == 0 || unit == nullptr) return false;
    text.remove_prefix(unit->name.size());
    total += static_cast<Wide>(whole) * unit->nanoseconds + static_cast<Wide>(fraction) * unit->nanoseconds / scale;
    return total <= static_cast<Wide>(1) << 63;
}

void append_fraction(std::string& out, std::uint64_t nanoseconds) {
    if (nanoseconds == 0) return;
    std::string digits = fmt::format("{:09}", nanoseconds);
    while (digits.back() == '0') digits.pop_back();
    out += '.' + digits;
}

}  // namespace

std::int64_t days_of(const Date& date) {
    const std::int64_t year = date.year - (date.month <= 2 ? 1 : 0);
    const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
    const std::int64_t of_era = year - era * 400;
    const std::int64_t of_year = (153 * (date.month > 2 ? date.month - 3 : date.month + 9) + 2) / 5 + date.day - 1;
    return era * days_of_400_years + of_era * 365 + of_era / 4 - of_era / 100 + of_year - epoch_shift;
}

Date date_of(std::int64_t days) {
    days += epoch_shift;
    const std::int64_t era = (days >= 0 ? days : days - days_of_400_years + 1) / days_of_400_years;
    const std::int64_t day_of_era = days - era * days_of_400_years;
    const std::int64_t of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const std::int64_t of_year = day_of_era - (365 * of_era + of_era / 4 - of_era / 100);
    const std::int64_t shifted = (5 * of_year + 2) / 153;
    Date out;
    out.day = static_cast<unsigned>(of_year - (153 * shifted + 2) / 5 + 1);
    out.month = static_cast<unsigned>(shifted < 10 ? shifted + 3 : shifted - 9);
    out.year = of_era + era * 400 + (out.month <= 2 ? 1 : 0);
    return out;
}

unsigned days_in_month(std::int64_t year, unsigned month) {
    if (month == 2) return (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)) ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

std::optional<Moment> parse_moment(std::string_view text) {
    Scanner in(text);
    std::int64_t year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, shift = 0;
    Moment out;
    if (!in.number(4, year) || !in.any_of("-") || !in.number(2, month) || !in.any_of("-") || !in.number(2, day))
        return {};
    if (!in.any_of("Tt") || !in.number(2, hour) || !in.any_of(":") || !in.number(2, minute) || !in.any_of(":"))
        return {};
    if (!in.number(2, second) || (in.any_of(".") && !in.fraction(out.nanoseconds))) return {};
    if (!offset(in, shift) || !in.at_end()) return {};
    if (year < 1 || month < 1 || month > 12 || hour > 23 || minute > 59 || second > 59 || day < 1) return {};
    if (day > days_in_month(year, static_cast<unsigned>(month))) return {};
    const Date date{year, static_cast<unsigned>(month), static_cast<unsigned>(day)};
    out.seconds = days_of(date) * day_seconds + hour * 3600 + minute * 60 + second - shift;
    return out;
}

std::string format_moment(Moment moment) {
    std::int64_t days = moment.seconds / day_seconds, rest = moment.seconds % day_seconds;
    if (rest < 0) {
        rest += day_seconds;
        --days;
    }
    const Date date = date_of(days);
    std::string out = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", date.year, date.month, date.day, rest / 3600,
                                  rest / 60 % 60, rest % 60);
    append_fraction(out, moment.nanoseconds);
    return out + 'Z';
}

std::optional<std::int64_t> parse_duration(std::string_view text) {
    bool negative = false;
    if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
        negative = text[0] == '-';
        text.remove_prefix(1);
    }
    if (text == "0") return 0;
    if (text.empty()) return {};
    Wide total = 0;
    while (!text.empty()) {
        if (!take_part(text, total)) return {};
    }
    if (negative) total = -total;
    if (total > INT64_MAX) return {};
    return static_cast<std::int64_t>(total);
}

std::string format_duration(std::int64_t nanoseconds) {
    const std::uint64_t size =
        nanoseconds < 0 ? 0 - static_cast<std::uint64_t>(nanoseconds) : static_cast<std::uint64_t>(nanoseconds);
    std::string out = fmt::format("{}{}", nanoseconds < 0 ? "-" : "", size / billion);
    append_fraction(out, size % billion);
    return out + 's';
}

}  // namespace flowrun::expr
