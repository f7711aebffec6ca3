#pragma once
// A hash that nobody outside this process can find collisions for: SipHash-1-3 with a key drawn at the start. Messages
// come from strangers, who must not choose how long a map takes.

#include <cstdint>
#include <string_view>

namespace flowrun::expr {

std::uint64_t keyed_hash(std::string_view data);

}  // namespace flowrun::expr
