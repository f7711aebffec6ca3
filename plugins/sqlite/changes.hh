#pragma once
// What can be changed in a store by hand: in one that this process has open between its transactions, else with the store
// for this process alone meanwhile. All throw Trouble.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <flowrun/ext/queue.h>

namespace flowrun::sqlite {

std::int64_t replay_dead(const std::string& path, std::string_view name, const std::vector<std::uint64_t>& numbers);
std::int64_t drop_items(const std::string& path, std::string_view name, bool dead,
                        const std::vector<std::uint64_t>& numbers);
std::int64_t move_items(const std::string& path, std::string_view name, std::string_view to,
                        const std::vector<std::uint64_t>& numbers);

std::int64_t put_items(const std::string& path, std::string_view name, std::span<const flowrun_queue_item> items);

}  // namespace flowrun::sqlite
