#pragma once
// Issues as text for people and as JSON for tools, and the strings that the verb `check` prints: all of them are here.

#include <string>

#include "flow/issue.hh"
#include "flow/source.hh"

namespace flowrun::flow {

// One issue, several lines:
//   FILE:LINE:COL: error: text
//     <the source line>
//     ^~~~
//     remedy: …
// An issue without a line is only `FILE: error: text` and the remedy. Control characters are shown as \xNN.
std::string to_text(const Issue& issue, const Source& source);
std::string to_text(const Issues& issues, const Source& source);

// One JSON object and a line break: file, line, column, offset, length, severity, message, remedy (only when there is
// one). offset and length count bytes; line is 0 where the issue has no place.
std::string to_json(const Issue& issue, const Source& source);
std::string to_json(const Issues& issues, const Source& source);

// "flow.yaml: 2 errors, 1 warning\n"; empty when there is neither.
std::string count_line(const Issues& issues, const Source& source);
// "flow.yaml: ok\n"
std::string ok_line(const Source& source);

}  // namespace flowrun::flow
