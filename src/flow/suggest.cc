#include "flow/suggest.hh"

#include <algorithm>
#include <vector>

namespace flowrun::flow {

namespace {

constexpr std::size_t longest = 64;  // of a name worth comparing
constexpr std::size_t most_compared = 1000;
constexpr std::size_t most_listed = 12;

// ASCII is enough: all names are.
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Insertions, deletions, changes, and swaps of neighbours, each counted once.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t cost = lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1;
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + cost});
            const bool swapped =
                i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]);
            if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
        }
        before.swap(last);
        last.swap(row);
    }
    return last[b.size()];
}

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
        const std::size_t changes = distance(wrong, name);
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
