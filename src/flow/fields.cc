#include "flow/fields.hh"

#include <algorithm>

#include <fmt/format.h>

#include "flow/slip.hh"
#include "flow/suggest.hh"

namespace flowrun::flow {

namespace {

template <class Name>
std::string_view told(const Tree& map, std::size_t index, std::span<const Name> known, const Diagnostics& diagnostics) {
    const Tree& value = map.items[index];
    if (value.kind != Tree::Kind::scalar || !value.text.empty()) return {};
    const std::string& key = map.keys[index];
    const Slip slip = slip_in(key, true);
    if (slip.length == 0 || slip.name.empty()) return {};
    const auto found = std::find(known.begin(), known.end(), slip.name);
    if (found == known.end()) return {};
    diagnostics.error(diagnostics.part(map.key_offsets[index], map.key_places[index], slip.at, slip.length),
                      slip.message, slip.remedy);
    return *found;
}

}  // namespace

std::string_view slip_told(const Tree& map, std::size_t index, std::span<const std::string_view> known,
                           const Diagnostics& diagnostics) {
    return told(map, index, known, diagnostics);
}

std::string_view slip_told(const Tree& map, std::size_t index, std::span<const std::string> known,
                           const Diagnostics& diagnostics) {
    return told(map, index, known, diagnostics);
}

Fields::Fields(const Tree& map, std::string_view what, std::span<const std::string_view> known,
               const Diagnostics& diagnostics, bool may_be_empty, std::string_view otherwise)
    : map_(map) {
    if (map.kind != Tree::Kind::map) {
        const bool empty = map.kind == Tree::Kind::scalar && map.text.empty();
        if (map.property_kind != '!' && !(empty && may_be_empty)) {
            const std::string_view is = map.kind == Tree::Kind::list ? "a list" : empty ? "nothing" : "a text";
            diagnostics.error(map.place, fmt::format("{} must be a map, not {}", what, is),
                              map.kind == Tree::Kind::list ? "take the '- ' before each key out" : "");
        }
        return;
    }
    is_map_ = true;
    for (std::size_t i = 0; i < map.keys.size(); ++i) {
        if (std::find(known.begin(), known.end(), map.keys[i]) != known.end()) continue;
        if (!diagnostics.kept()) {
            diagnostics.error(map.key_places[i], fmt::format("unknown key '{}' in {}", map.keys[i], what));
            continue;
        }
        if (const std::string_view meant = slip_told(map, i, known, diagnostics); !meant.empty()) {
            meant_.emplace_back(meant);
            continue;
        }
        if (const std::string_view near = nearest(map.keys[i], known); !near.empty()) meant_.emplace_back(near);
        const bool unlike = nearest(map.keys[i], known).empty();
        unknown_ = unknown_ || unlike;
        diagnostics.error(map.key_places[i], fmt::format("unknown key '{}' in {}", map.keys[i], what),
                          unlike && !otherwise.empty() ? std::string(otherwise) : suggest(map.keys[i], known));
    }
}

bool Fields::meant(std::string_view key) const { return std::find(meant_.begin(), meant_.end(), key) != meant_.end(); }

const Place& Fields::place(std::string_view key) const {
    const auto found = std::find(map_.keys.begin(), map_.keys.end(), key);
    return map_.key_places[static_cast<std::size_t>(found - map_.keys.begin())];
}

}  // namespace flowrun::flow
