#pragma once
// A map with a closed set of keys, taken one by one. What is left over at the end is told, with the key that was
// probably meant.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "flow/diagnostics.hh"
#include "flow/tree.hh"

namespace flowrun::flow {

class Fields {
public:
    // `what` is such as "a node", for messages. `known`: all keys that can stand here. When `map` is no map that is told
    // (an empty value counts as an empty map when `may_be_empty`). `otherwise`: the remedy for a key that is like none.
    Fields(const Tree& map, std::string_view what, std::span<const std::string_view> known,
           const Diagnostics& diagnostics, bool may_be_empty = false, std::string_view otherwise = {});

    // nullptr: not given.
    const Tree* take(std::string_view key) const { return is_map_ ? map_.member(key) : nullptr; }
    // The place of a key that is there.
    const Place& place(std::string_view key) const;
    bool is_map() const { return is_map_; }
    const Tree& map() const { return map_; }
    // Given under a wrong name, which has been told.
    bool meant(std::string_view key) const;
    // Whether a key is there that is like none that is known.
    bool unknown() const { return unknown_; }

private:
    const Tree& map_;
    bool is_map_ = false;
    std::vector<std::string> meant_;
    bool unknown_ = false;
};

// Where key and value of an entry have become one key, as in `uses:stdin`, that is told when the key is among `known`: which
// one it is. Empty: nothing was told.
std::string_view slip_told(const Tree& map, std::size_t index, std::span<const std::string_view> known,
                           const Diagnostics& diagnostics);
std::string_view slip_told(const Tree& map, std::size_t index, std::span<const std::string> known,
                           const Diagnostics& diagnostics);

}  // namespace flowrun::flow
