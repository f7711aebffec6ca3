#pragma once
// What can be changed in a store that nobody has open: it is taken for this process alone meanwhile. All throw Trouble.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace flowrun::sqlite {

std::int64_t replay_dead(const std::string& path, std::string_view name, const std::vector<std::uint64_t>& numbers);
std::int64_t drop_items(const std::string& path, std::string_view name, bool dead,
                        const std::vector<std::uint64_t>& numbers);
std::int64_t move_items(const std::string& path, std::string_view name, std::string_view to,
                        const std::vector<std::uint64_t>& numbers);

}  // namespace flowrun::sqlite
