#include "flow/fields.hh"

#include <algorithm>

#include <fmt/format.h>

#include "flow/suggest.hh"

namespace flowrun::flow {

Fields::Fields(const Tree& map, std::string_view what, std::span<const std::string_view> known,
               const Diagnostics& diagnostics, bool may_be_empty)
    : map_(map) {
    if (map.kind != Tree::Kind::map) {
        const bool empty = map.kind == Tree::Kind::scalar && map.text.empty();
        if (map.property_kind != '!' && !(empty && may_be_empty)) {
            const std::string_view is = map.kind == Tree::Kind::list ? "a list" : empty ? "nothing" : "a text";
            diagnostics.error(map.place, fmt::format("{} must be a map, not {}", what, is));
        }
        return;
    }
    is_map_ = true;
    for (std::size_t i = 0; i < map.keys.size(); ++i) {
        if (std::find(known.begin(), known.end(), map.keys[i]) != known.end()) continue;
        diagnostics.error(map.key_places[i], fmt::format("unknown key '{}' in {}", map.keys[i], what),
                          diagnostics.kept() ? suggest(map.keys[i], known) : "");
    }
}

const Place& Fields::place(std::string_view key) const {
    const auto found = std::find(map_.keys.begin(), map_.keys.end(), key);
    return map_.key_places[static_cast<std::size_t>(found - map_.keys.begin())];
}

}  // namespace flowrun::flow
