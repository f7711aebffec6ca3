#pragma once
// Ids that are unique in the world: version 7 UUIDs (RFC 9562, section 5.7), which sort by time.

#include <cstdint>
#include <string>

namespace flowrun::queue {

// `wall`: nanoseconds since 1970. Any thread. 36 characters, lower case.
std::string unique_id(std::int64_t wall);

}  // namespace flowrun::queue
