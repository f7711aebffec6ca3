#pragma once
// The text of a flow file with its name: gives places for offsets, and lines for the report.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "flow/place.hh"

namespace flowrun::flow {

class Source {
public:
    // `name` is what messages show: the path as given, "-" for standard input. Any bytes are taken; read() judges them.
    // A byte order mark is taken off and counts in no offset.
    Source(std::string name, std::string text);

    const std::string& name() const { return name_; }
    const std::string& text() const { return text_; }

    // The place of `length` bytes at `offset`; an offset beyond the end is the end.
    Place place(std::size_t offset, std::size_t length = 1) const;

    // Line `number` (from 1) without its line break; empty when there is none.
    std::string_view line(std::uint32_t number) const;

private:
    std::size_t code_points_before(std::size_t offset) const;

    static constexpr std::size_t block = 256;
    std::string name_, text_;
    std::vector<std::size_t> starts_;    // of each line
    std::vector<std::uint32_t> points_;  // code points before each block, so that a column in a long line is cheap
};

}  // namespace flowrun::flow
