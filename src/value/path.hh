#pragma once
// A prepared path into a value: names and indexes, `customer.address[0].city`, `["odd name"].x`. Immutable.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "value/node.hh"

namespace flowrun::value {

class Path {
public:
    static std::optional<Path> parse(std::string_view text);
    const Node* get(const Node& root) const;  // nullptr: not there

private:
    std::vector<std::variant<std::string, std::uint64_t>> steps_;
};

}  // namespace flowrun::value
