#pragma once
// What can be done with a store that no run of this process has open. Those that change something need it for themselves. All
// throw Trouble.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <flowrun/ext/queue.h>

#include "item.hh"

namespace flowrun::sqlite {

void list_queues(const std::string& path,
                 const std::function<void(const std::string& name, const flowrun_queue_depth& depth)>& give);
void peek_items(const std::string& path, std::string_view name, bool dead, std::uint64_t from, std::uint64_t most,
                const std::function<void(const Item&)>& give);
std::int64_t replay_dead(const std::string& path, std::string_view name, const std::vector<std::uint64_t>& numbers);
std::int64_t drop_items(const std::string& path, std::string_view name, bool dead,
                        const std::vector<std::uint64_t>& numbers);
std::int64_t move_items(const std::string& path, std::string_view name, std::string_view to,
                        const std::vector<std::uint64_t>& numbers);
std::int64_t look_at_all(const std::string& path, const std::function<void(const std::string&)>& say);

}  // namespace flowrun::sqlite
