#include "flow/quantity.hh"

#include <charconv>
#include <cmath>
#include <limits>
#include <span>

#include <fmt/format.h>

namespace flowrun::flow {

namespace {

struct Unit {
    std::string_view name;
    std::int64_t factor;
};
constexpr Unit durations[] = {{"d", 86'400'000'000'000},
                              {"h", 3'600'000'000'000},
                              {"m", 60'000'000'000},
                              {"s", 1'000'000'000},
                              {"ms", 1'000'000},
                              {"us", 1'000},
                              {"ns", 1}};
constexpr Unit sizes[] = {
    {"B", 1},           {"KB", 1'000},      {"MB", 1'000'000},  {"GB", 1'000'000'000}, {"TB", 1'000'000'000'000},
    {"KiB", 1ll << 10}, {"MiB", 1ll << 20}, {"GiB", 1ll << 30}, {"TiB", 1ll << 40}};
constexpr Unit rates[] = {{"s", 1}, {"m", 60}, {"h", 3600}};

// What people write instead.
struct Slip {
    std::string_view wrong, right;
};
constexpr Slip duration_slips[] = {{"sec", "s"}, {"secs", "s"},  {"second", "s"}, {"seconds", "s"}, {"S", "s"},
                                   {"min", "m"}, {"mins", "m"},  {"minute", "m"}, {"minutes", "m"}, {"M", "m"},
                                   {"hr", "h"},  {"hrs", "h"},   {"hour", "h"},   {"hours", "h"},   {"H", "h"},
                                   {"day", "d"}, {"days", "d"},  {"D", "d"},      {"msec", "ms"},   {"millis", "ms"},
                                   {"MS", "ms"}, {"usec", "us"}, {"µs", "us"}};
constexpr Slip size_slips[] = {{"b", "B"},     {"k", "KiB"}, {"K", "KiB"}, {"kb", "KB"},  {"kB", "KB"},
                               {"kib", "KiB"}, {"M", "MiB"}, {"m", "MiB"}, {"mb", "MB"},  {"Mb", "MB"},
                               {"mib", "MiB"}, {"G", "GiB"}, {"g", "GiB"}, {"gb", "GB"},  {"Gb", "GB"},
                               {"gib", "GiB"}, {"T", "TiB"}, {"tb", "TB"}, {"bytes", "B"}};

constexpr std::string_view duration_units = "units are ns us ms s m h d";
constexpr std::string_view size_units = "units are B, KB MB GB TB (of 1000), KiB MiB GiB TiB (of 1024)";

const Unit* unit_of(std::span<const Unit> units, std::string_view name) {
    for (const Unit& unit : units) {
        if (unit.name == name) return &unit;
    }
    return nullptr;
}

std::string_view slip_of(std::span<const Slip> slips, std::string_view wrong) {
    for (const Slip& slip : slips) {
        if (slip.wrong == wrong) return slip.right;
    }
    return {};
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Digits with at most one fraction, as a number and, exactly, as digits; nothing when none stands at `at`.
struct Number {
    std::string_view text;
    bool whole = true;
};
Number number_at(std::string_view text, std::size_t at) {
    std::size_t end = at;
    while (end < text.size() && is_digit(text[end])) ++end;
    Number out{text.substr(at, end - at), true};
    if (end > at && end + 1 < text.size() && text[end] == '.' && is_digit(text[end + 1])) {
        ++end;
        while (end < text.size() && is_digit(text[end])) ++end;
        out = {text.substr(at, end - at), false};
    }
    return out;
}

// number * factor, or nothing when it does not fit.
bool times(const Number& number, std::int64_t factor, std::uint64_t most, std::uint64_t& out) {
    const char* begin = number.text.data();
    const char* end = begin + number.text.size();
    if (number.whole) {
        std::uint64_t value = 0;
        if (std::from_chars(begin, end, value).ec != std::errc{}) return false;
        if (value > most / static_cast<std::uint64_t>(factor)) return false;
        out = value * static_cast<std::uint64_t>(factor);
        return true;
    }
    double value = 0;
    if (std::from_chars(begin, end, value).ec != std::errc{}) return false;
    value = std::round(value * static_cast<double>(factor));
    if (!(value < static_cast<double>(most))) return false;
    out = static_cast<std::uint64_t>(value);
    return true;
}

std::unexpected<BadQuantity> bad(std::size_t offset, std::size_t length, std::string message, std::string remedy) {
    return std::unexpected(BadQuantity{offset, length, std::move(message), std::move(remedy)});
}

std::unexpected<BadQuantity> bad_unit(std::string_view text, std::size_t at, std::string_view unit,
                                      std::string_view right, std::string_view units) {
    std::string remedy =
        right.empty() ? std::string(units) : fmt::format("write {}{}; {}", text.substr(0, at), right, units);
    return bad(at, unit.size(), fmt::format("'{}' is no unit", unit), std::move(remedy));
}

}  // namespace

std::expected<std::int64_t, BadQuantity> duration_of(std::string_view text) {
    constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    const std::string example = "write a duration such as 250ms, 5s, 1m30s, 2h or 1d";
    if (text == "0") return 0;
    std::uint64_t sum = 0;
    std::int64_t last = std::numeric_limits<std::int64_t>::max();
    std::size_t at = 0;
    while (at < text.size() || text.empty()) {
        const Number number = number_at(text, at);
        if (number.text.empty()) { return bad(0, text.size(), fmt::format("'{}' is no duration", text), example); }
        const std::size_t begin = at + number.text.size();
        std::size_t end = begin;
        while (end < text.size() && !is_digit(text[end])) ++end;
        const std::string_view name = text.substr(begin, end - begin);
        if (name.empty()) {
            return bad(at, number.text.size(), fmt::format("'{}' has no unit", text),
                       fmt::format("write {}s for seconds; {}", text, duration_units));
        }
        const Unit* unit = unit_of(durations, name);
        if (!unit) return bad_unit(text, begin, name, slip_of(duration_slips, name), duration_units);
        std::uint64_t part = 0;
        if (unit->factor >= last) {
            return bad(at, end - at, fmt::format("'{}' is no duration: larger units come first, each once", text),
                       example);
        }
        if (!times(number, unit->factor, most, part) || part > most - sum) {
            return bad(0, text.size(), fmt::format("'{}' is too long a duration", text), "at most 106751d");
        }
        sum += part;
        last = unit->factor;
        at = end;
    }
    return static_cast<std::int64_t>(sum);
}

std::expected<std::uint64_t, BadQuantity> size_of(std::string_view text) {
    constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    const Number number = number_at(text, 0);
    if (number.text.empty()) {
        return bad(0, text.size(), fmt::format("'{}' is no size", text), "write a size such as 512, 16MiB or 1GB");
    }
    const std::size_t begin = number.text.size();
    const std::string_view name = text.substr(begin);
    const Unit* unit = name.empty() ? &sizes[0] : unit_of(sizes, name);
    if (!unit) return bad_unit(text, begin, name, slip_of(size_slips, name), size_units);
    if (unit->factor == 1 && !number.whole) {
        return bad(0, begin, fmt::format("'{}' is not a whole number of bytes", text), std::string(size_units));
    }
    std::uint64_t bytes = 0;
    if (!times(number, unit->factor, most, bytes)) {
        return bad(0, text.size(), fmt::format("'{}' is too large a size", text), "at most 8388607TiB");
    }
    return bytes;
}

std::expected<double, BadQuantity> rate_of(std::string_view text) {
    const std::string example = "write a rate such as 50/s, 10/m or 1/h";
    const Number number = number_at(text, 0);
    if (number.text.empty()) return bad(0, text.size(), fmt::format("'{}' is no rate", text), example);
    const std::size_t slash = number.text.size();
    if (slash == text.size() || text[slash] != '/') {
        return bad(0, text.size(), fmt::format("'{}' does not say in what time", text), example);
    }
    const std::string_view name = text.substr(slash + 1);
    const Unit* unit = unit_of(rates, name);
    if (!unit) return bad_unit(text, slash + 1, name, slip_of(duration_slips, name), "units are /s /m /h");
    double value = 0;
    const char* end = number.text.data() + number.text.size();
    if (std::from_chars(number.text.data(), end, value).ec != std::errc{} || value > 1e9) {
        return bad(0, slash, fmt::format("'{}' is too high a rate", text), "at most 1000000000/s");
    }
    if (value <= 0) { return bad(0, slash, "a rate of 0 would let nothing through", "take 'rate' out for no limit"); }
    return value / static_cast<double>(unit->factor);
}

std::string duration_text(std::int64_t nanoseconds) {
    if (nanoseconds <= 0) return "0s";
    std::string out;
    for (const Unit& unit : durations) {
        if (const std::int64_t count = nanoseconds / unit.factor; count > 0) {
            out += fmt::format("{}{}", count, unit.name);
            nanoseconds %= unit.factor;
        }
    }
    return out;
}

}  // namespace flowrun::flow
