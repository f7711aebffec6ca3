#pragma once
// A piece of YAML as written, with positions: what `with`, `map`, `when` hold until a type is known for them. A scalar
// keeps its source text, so that a declared type reads what the author typed (`version: 1.10` stays "1.10" where a
// string is wanted).

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "flow/place.hh"

namespace flowrun::flow {

struct Tree {
    enum class Kind : std::uint8_t { none, scalar, list, map };
    enum class Style : std::uint8_t { plain, single_quoted, double_quoted, literal, folded };

    Kind kind = Kind::none;
    Style style = Style::plain;
    Place place;
    std::string text;                    // of a scalar, after YAML's own unescaping and folding
    std::vector<std::uint32_t> offsets;  // of a scalar: for each byte of `text`, its byte offset in the file
    Place property;                      // a tag, an anchor, or the alias that stood here; line 0: none
    char property_kind = 0;              // `!`: a mistake that has been told; `&`, `*`; 0: none
    bool comment_follows = false;        // a plain scalar that ` #` ends
    bool anchor_unused = false;          // a scalar with an anchor that no alias takes
    std::vector<std::string> keys;       // of a map, in written order, beside `items`
    std::vector<Place> key_places;
    std::vector<std::vector<std::uint32_t>> key_offsets;  // of a map: as `offsets`, for each key
    std::vector<Tree> items;                              // elements of a list, values of a map

    explicit operator bool() const { return kind != Kind::none; }
    const Tree* member(std::string_view name) const;
};

}  // namespace flowrun::flow
