#pragma once
// Text that looks like an expression, or like a shell's variable, and is neither: it would be taken as it is.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "expr/scope.hh"

namespace flowrun::flow {

struct Lookalike {
    std::size_t offset = 0, length = 0;  // within the text
    std::string meant;                   // the whole text as it was probably meant
};

// `scope`: what an expression there could read. Nothing that stands in `${…}` is looked at.
std::optional<Lookalike> lookalike_in(std::string_view text, const expr::Scope& scope);

}  // namespace flowrun::flow
