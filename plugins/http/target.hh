#pragma once
// What a request asks for: the path and the query out of its target.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flowrun::http {

struct Target {
    std::string path;                                        // decoded; begins with / (or is *)
    std::vector<std::pair<std::string, std::string>> query;  // decoded, in order
};

// Nothing: not a target, or it decodes to what is not UTF-8 or holds a NUL. Takes the origin form (/path?query), the
// absolute form (http://host/path?query) and *.
std::optional<Target> target_of(std::string_view text);

// Of the form `name=value&name=value`, with + for a space. Nothing: as above.
std::optional<std::vector<std::pair<std::string, std::string>>> query_of(std::string_view text);

// Whether a body may be what a form sends: each part has a name and a value, and what never stands in one is encoded.
bool is_form(std::string_view body);

// Whether a part of the path is . or .., which clients take out before they ask: where it is meant for a file it would
// lead elsewhere.
bool has_dot_segments(std::string_view path);

// `pattern` is a path, or one that ends in /* and stands for all below it.
bool matches(std::string_view pattern, std::string_view path);

}  // namespace flowrun::http
