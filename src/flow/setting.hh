#pragma once
// One setting of a component, read from the JSON Schema in its description (flowrun/component.h). Settings nest: a list
// has a schema for its elements, a map for its members.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "value/value.hh"

namespace flowrun::flow {

struct Setting {
    // Bits of `types`; a value fits when it is of any of them. `number` takes integers as well.
    enum Type : std::uint8_t { null = 1, boolean = 2, integer = 4, number = 8, string = 16, list = 32, map = 64 };
    static constexpr std::uint8_t any = 127;

    std::string name;
    std::string doc;  // "description"
    std::uint8_t types = any;
    bool required = false;
    value::Value fallback;              // "default"; empty: none. For a duration or size: still the text, such as "5s"
    std::vector<value::Value> choices;  // "enum"; empty: anything
    std::optional<double> min, max;     // of a number, a string's length in characters, or a list's length
    bool min_exclusive = false, max_exclusive = false;

    bool duration = false;     // x-duration: nanoseconds for the component
    bool size = false;         // x-size: bytes for the component
    bool per_message = false;  // x-message
    bool expression = false;   // x-expression; implies per_message
    bool per_item = false;     // x-item; implies per_message
    bool secret = false;       // x-secret
    bool listens = false;      // x-listen: an address that no other node can have
    bool text = false;         // x-text: what stands in the flow is the text as it was written

    std::vector<Setting> items;       // 0 or 1: of a list's elements
    std::vector<Setting> properties;  // of a map, in written order
    std::vector<Setting> rest;        // 0 or 1: "additionalProperties" as a schema
    bool closed = false;              // "additionalProperties": false; the outermost map is always closed

    // What has names of its own within it: of a map, or of each of a map's or a list's elements. Empty: nothing has.
    const std::vector<Setting>& members() const {
        if (!properties.empty() || (rest.empty() && items.empty())) return properties;
        return rest.empty() ? items.front().members() : rest.front().members();
    }
};

// "string", "integer or string", "duration such as 250ms": what a message says is wanted.
std::string wanted(const Setting& setting);

}  // namespace flowrun::flow
