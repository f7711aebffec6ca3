#pragma once
// Why something failed, as others said it.

#include <cstddef>
#include <string>
#include <string_view>

namespace flowrun {

constexpr std::size_t longest_reason = 4096;

// `said` as UTF-8, without the secrets of the process, cut at longest_reason; harmless a second time.
std::string reason_of(std::string_view said);

}  // namespace flowrun
