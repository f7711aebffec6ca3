#include "rate.hh"

#include <charconv>
#include <cmath>

namespace flowrun::core {

std::optional<Rate> Rate::read(std::string_view text, std::string& problem) {
    const std::string shown = "'" + std::string(text) + "'";
    double count = 0;
    const char* const end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, count, std::chars_format::fixed);
    const std::string_view unit = error == std::errc{} ? std::string_view(at, static_cast<std::size_t>(end - at)) : "";
    const double second = 1e9;
    const double per = unit == "/s" ? second : unit == "/m" ? 60 * second : unit == "/h" ? 3600 * second : 0;
    if (per == 0) {
        problem = shown + " is no rate";
    } else if (!(count > 0) || !std::isfinite(count)) {
        problem = "a rate of " + shown + " would let nothing through";
    } else if (count > 1e9 || per / count > 1e18) {
        problem = shown + " is beyond what can be kept to";
    } else {
        return Rate{count, per / count};
    }
    return std::nullopt;
}

}  // namespace flowrun::core
