#pragma once
// Where the readers of single keys write what they find: the issues, and the source that gives places inside scalars.

#include <string>

#include "flow/issue.hh"
#include "flow/source.hh"
#include "flow/tree.hh"

namespace flowrun::flow {

struct Diagnostics {
    const Source& source;
    Issues& issues;

    // The place of some bytes of a scalar's text, wherever escapes, folds and indentation have put them.
    Place part(const Tree& scalar, std::size_t offset, std::size_t length) const;
    Place part(const std::vector<std::uint32_t>& offsets, const Place& whole, std::size_t offset,
               std::size_t length) const;

    // Whether a further issue would be kept: if not, its remedy need not be sought.
    bool kept() const { return issues.all().size() < Issues::most_kept; }

    void error(const Place& place, std::string message, std::string remedy = {}) const {
        issues.error(place, std::move(message), std::move(remedy));
    }
    void passing_error(const Place& place, std::string message, std::string remedy = {}) const {
        issues.passing_error(place, std::move(message), std::move(remedy));
    }
    void warning(const Place& place, std::string message, std::string remedy = {}) const {
        issues.warning(place, std::move(message), std::move(remedy));
    }
};

}  // namespace flowrun::flow
