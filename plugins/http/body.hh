#pragma once
// The body of a request or response as a value.

#include <flowrun/component.hh>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flowrun::http {

// What a body is read as. automatic: as the Content-Type says, JSON or else text, or bytes where it is not UTF-8.
enum class Format : std::uint8_t { automatic, json, form, text, bytes };

Format format_of(std::string_view name);  // auto, json, form, text, bytes

// Names and values as a map; the values of a name that is given several times are a list.
void build_pairs(sdk::Build& builder, const std::vector<std::pair<std::string, std::string>>& pairs);

// Builds it; an empty one is null. Throws Failure (invalid): it is not what it is to be read as.
void build_body(sdk::Build& builder, const flowrun_values* table, std::string_view body, std::string_view content_type,
                Format how);

}  // namespace flowrun::http
