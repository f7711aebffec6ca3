#include "expr/near.hh"

#include <algorithm>

#include <fmt/format.h>

#include "base/edit_distance.hh"

namespace flowrun::expr {

std::string_view nearest(std::string_view wrong, const std::vector<std::string_view>& names) {
    std::string_view best;
    if (wrong.size() > 64) return best;
    std::size_t least = std::max<std::size_t>(wrong.size() / 3, 1) + 1;
    for (const std::string_view name : names) {
        const std::size_t gap = name.size() > wrong.size() ? name.size() - wrong.size() : wrong.size() - name.size();
        if (gap >= least || name.size() > 64) continue;
        const std::size_t d = edit_distance(wrong, name);
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
