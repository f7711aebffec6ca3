#include "expr/zone.hh"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>

#include <fmt/format.h>

namespace flowrun::expr {
namespace {

constexpr std::size_t header_size = 44;

std::uint64_t big_endian(const char* at, std::size_t bytes) {
    std::uint64_t out = 0;
    for (std::size_t i = 0; i < bytes; ++i) out = out << 8 | static_cast<unsigned char>(at[i]);
    return out;
}

// The counts that begin each part of a zone file.
struct Counts {
    std::size_t utc, standard, leaps, changes, types, names;

    explicit Counts(const char* header)
        : utc(big_endian(header + 20, 4)), standard(big_endian(header + 24, 4)), leaps(big_endian(header + 28, 4)),
          changes(big_endian(header + 32, 4)), types(big_endian(header + 36, 4)), names(big_endian(header + 40, 4)) {}

    std::size_t size(std::size_t time) const {
        return changes * (time + 1) + types * 6 + names + leaps * (time + 4) + standard + utc;
    }
};

bool header_at(std::string_view data, std::size_t at) {
    return data.size() >= at + header_size && data.substr(at, 4) == "TZif";
}

bool proper_name(std::string_view name) {
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' || c == '_' ||
               c == '-' || c == '+';
    };
    return !name.empty() && name.size() < 64 && name[0] != '/' && std::all_of(name.begin(), name.end(), fits);
}

bool is_fixed(std::string_view zone, std::int32_t& offset) {
    const bool negative = zone.starts_with('-');
    if (negative || zone.starts_with('+')) zone.remove_prefix(1);
    if (zone.size() != 5 || zone[2] != ':') return false;
    const auto digit = [&](std::size_t i) { return zone[i] >= '0' && zone[i] <= '9' ? zone[i] - '0' : 100; };
    const int hours = digit(0) * 10 + digit(1), minutes = digit(3) * 10 + digit(4);
    if (hours > 23 || minutes > 59) return false;
    offset = (hours * 3600 + minutes * 60) * (negative ? -1 : 1);
    return true;
}

std::string content_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

std::expected<Zone, std::string> Zone::parse(std::string_view data) {
    const auto broken = [] { return std::unexpected(std::string("the zone file is broken")); };
    if (!header_at(data, 0) || data[4] < '2') return broken();
    // The first part has 32-bit times, for readers of another age; the same follows with 64 bits.
    const std::size_t second = header_size + Counts(data.data()).size(4);
    if (second > data.size() || !header_at(data, second)) return broken();
    const Counts counts(data.data() + second);
    const std::size_t body = second + header_size;
    if (counts.types == 0 || counts.changes > data.size() || counts.types > 256 || body + counts.size(8) > data.size())
        return broken();
    const char* times = data.data() + body;
    const char* indexes = times + counts.changes * 8;
    const char* types = indexes + counts.changes;
    const auto offset_of = [&](std::size_t type) { return static_cast<std::int32_t>(big_endian(types + type * 6, 4)); };

    Zone zone;
    zone.before_ = offset_of(0);
    for (std::size_t i = 0; i < counts.changes; ++i) {
        const auto type = static_cast<unsigned char>(indexes[i]);
        if (type >= counts.types) return broken();
        zone.changes_.push_back({static_cast<std::int64_t>(big_endian(times + i * 8, 8)), offset_of(type)});
    }
    std::string_view rule = data.substr(body + counts.size(8));
    if (rule.starts_with('\n')) rule.remove_prefix(1);
    zone.has_rule_ = zone.rule_.parse(rule.substr(0, rule.find('\n')));
    return zone;
}

std::expected<Zone, std::string> Zone::read(std::string_view name, const std::string& folder) {
    const std::string unknown = fmt::format("there is no time zone '{}'", name);
    if (!proper_name(name)) return std::unexpected(unknown + "; write a name like Europe/Paris, or +01:00");
    const std::string path = folder + "/" + std::string(name);
    if (!std::ifstream(path)) {
        const bool installed = std::ifstream(folder + "/UTC").good();
        return std::unexpected(
            installed ? unknown : "the system's time zones are not installed; install tzdata, or write +01:00");
    }
    auto zone = parse(content_of(path));
    return zone ? std::move(zone) : std::unexpected(unknown);
}

std::int32_t Zone::offset(std::int64_t seconds) const {
    const auto next = std::upper_bound(changes_.begin(), changes_.end(), seconds,
                                       [](std::int64_t at, const Change& change) { return at < change.from; });
    if (next == changes_.end() && has_rule_) return rule_.offset(seconds);
    return next == changes_.begin() ? before_ : std::prev(next)->offset;
}

std::optional<std::int64_t> Zone::next_change(std::int64_t seconds) const {
    const std::int32_t now = offset(seconds);
    auto next = std::upper_bound(changes_.begin(), changes_.end(), seconds,
                                 [](std::int64_t at, const Change& change) { return at < change.from; });
    for (; next != changes_.end(); ++next) {
        if (offset(next->from) != now) return next->from;
    }
    if (!has_rule_) return std::nullopt;
    return rule_.next_change(changes_.empty() ? seconds : std::max(seconds, changes_.back().from));
}

Zone Zone::fixed(std::int32_t offset) {
    Zone zone;
    zone.before_ = offset;
    return zone;
}

std::expected<const Zone*, std::string> Zone::known(std::string_view name) {
    static const Zone utc;
    if (name == "UTC" || name == "Z" || name.empty()) return &utc;
    static std::mutex mutex;
    static std::map<std::string, std::unique_ptr<const Zone>, std::less<>> zones;  // never forgotten: names are few
    const std::lock_guard lock(mutex);
    auto at = zones.find(name);
    if (at == zones.end()) {
        std::int32_t offset = 0;
        auto found = is_fixed(name, offset) ? std::expected<Zone, std::string>(fixed(offset)) : read(name);
        if (!found) return std::unexpected(found.error());
        at = zones.emplace(std::string(name), std::make_unique<const Zone>(std::move(*found))).first;
    }
    return at->second.get();
}

std::expected<Zone, std::string> Zone::of_variable(std::string_view text) {
    std::string_view name = text;
    if (name.starts_with(':')) name.remove_prefix(1);
    if (name.empty()) return Zone();
    if (auto zone = name.starts_with('/') ? parse(content_of(std::string(name))) : read(name)) return zone;
    Zone zone;
    zone.has_rule_ = zone.rule_.parse(name);
    if (zone.has_rule_) return zone;
    return std::unexpected(fmt::format("TZ={} in the environment is no time zone that this machine knows", text));
}

const std::expected<Zone, std::string>& Zone::local() {
    static const std::expected<Zone, std::string> zone = [] {
        if (const char* variable = std::getenv("TZ")) return of_variable(variable);
        return std::expected<Zone, std::string>(of_variable("/etc/localtime").value_or(Zone()));
    }();
    return zone;
}

std::expected<std::int32_t, std::string> zone_offset(std::string_view zone, std::int64_t seconds) {
    const auto known = Zone::known(zone);
    if (!known) return std::unexpected(known.error());
    return (*known)->offset(seconds);
}

}  // namespace flowrun::expr
