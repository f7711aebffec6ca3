#include "expr/failure.hh"

#include <algorithm>

#include <fmt/format.h>

#include "expr/convert.hh"

namespace flowrun::expr {

std::string describe(const Failure& failure, std::string_view text) {
    std::string out(failure.message);
    const std::size_t from = std::min<std::size_t>(failure.offset, text.size());
    const std::string_view piece = text.substr(from, failure.length);
    if (!piece.empty() && piece.size() <= 60 && piece != text) out += fmt::format(", at '{}'", piece);
    if (!failure.culprit.is(Kind::absent)) out += fmt::format(" (the value was {})", to_display(failure.culprit));
    return out;
}

}  // namespace flowrun::expr
