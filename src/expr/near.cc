#include "expr/near.hh"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

namespace flowrun::expr {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// Edits that make one of the other; two neighbours swapped count as one, another case as none.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), now(b.size() + 1);
    std::iota(last.begin(), last.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        now[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const bool same = lower(a[i - 1]) == lower(b[j - 1]);
            now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + (same ? 0 : 1)});
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1])) {
                now[j] = std::min(now[j], before[j - 2] + 1);
            }
        }
        std::swap(before, last);
        std::swap(last, now);
    }
    return last[b.size()];
}

}  // namespace

std::string_view nearest(std::string_view wrong, const std::vector<std::string_view>& names) {
    std::string_view best;
    if (wrong.size() > 64) return best;
    std::size_t least = std::max<std::size_t>(wrong.size() / 3, 1) + 1;
    for (const std::string_view name : names) {
        const std::size_t gap = name.size() > wrong.size() ? name.size() - wrong.size() : wrong.size() - name.size();
        if (gap >= least || name.size() > 64) continue;
        const std::size_t d = distance(wrong, name);
        if (d < least) {
            least = d;
            best = name;
        }
    }
    return best;
}

std::string did_you_mean(std::string_view wrong, const std::vector<std::string_view>& names, std::string otherwise) {
    const std::string_view name = nearest(wrong, names);
    return name.empty() ? std::move(otherwise) : fmt::format("did you mean '{}'?", name);
}

}  // namespace flowrun::expr
