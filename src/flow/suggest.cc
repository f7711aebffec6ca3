#include "flow/suggest.hh"

#include <algorithm>

#include "base/edit_distance.hh"

namespace flowrun::flow {

namespace {

constexpr std::size_t longest = 64;  // of a name worth comparing
constexpr std::size_t most_compared = 1000;
constexpr std::size_t most_listed = 12;

// `map` and `mode` are as near as three letters allow, and yet no slip of the pen: short names allow one change only.
std::size_t allowed(std::string_view wrong, std::string_view known) {
    return std::max<std::size_t>(1, std::min(wrong.size(), known.size()) / 3);
}

template <class Name>
std::string_view nearest_of(std::string_view wrong, std::span<const Name> known) {
    if (wrong.empty() || wrong.size() > longest) return {};
    std::string_view best;
    std::size_t least = longest;
    for (const Name& name : known.first(std::min(known.size(), most_compared))) {
        if (name.empty() || name.size() > longest) continue;
        const std::size_t apart = std::max(name.size(), wrong.size()) - std::min(name.size(), wrong.size());
        if (apart > allowed(wrong, name)) continue;
        const std::size_t changes = edit_distance(wrong, name);
        if (changes <= allowed(wrong, name) && changes < name.size() && changes < least) {
            best = name;
            least = changes;
        }
    }
    return best;
}

template <class Name>
std::string suggest_of(std::string_view wrong, std::span<const Name> known) {
    if (const std::string_view near = nearest_of(wrong, known); !near.empty()) {
        return "did you mean '" + std::string(near) + "'?";
    }
    if (known.empty() || known.size() > most_listed) return {};
    std::string list = known.size() == 1 ? "there is only: " : "there are: ";
    for (std::size_t i = 0; i < known.size(); ++i) list += (i ? ", " : "") + std::string(known[i]);
    return list;
}

}  // namespace

std::string_view nearest(std::string_view wrong, std::span<const std::string> known) {
    return nearest_of(wrong, known);
}
std::string_view nearest(std::string_view wrong, std::span<const std::string_view> known) {
    return nearest_of(wrong, known);
}
std::string suggest(std::string_view wrong, std::span<const std::string> known) { return suggest_of(wrong, known); }
std::string suggest(std::string_view wrong, std::span<const std::string_view> known) {
    return suggest_of(wrong, known);
}

}  // namespace flowrun::flow
