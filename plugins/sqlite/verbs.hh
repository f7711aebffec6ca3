#pragma once
// What can be seen of a store that no run of this process has open, also beside a process that has: nothing is changed. All throw
// Trouble.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include <flowrun/ext/queue.h>

#include "item.hh"

namespace flowrun::sqlite {

void list_queues(const std::string& path,
                 const std::function<void(const std::string& name, const flowrun_queue_depth& depth)>& give);
void peek_items(const std::string& path, std::string_view name, bool dead, std::uint64_t from, std::uint64_t most,
                const std::function<void(const Item&)>& give);
// What has passed through each queue by its own account, and what lies there as it is counted now.
void audit_queues(const std::string& path,
                  const std::function<void(const std::string& name, const flowrun_queue_audit& audit)>& give);
// Under which orders the messages that wait in a queue were put in; nothing where it is not there.
void orders_in(const std::string& path, std::string_view name,
               const std::function<void(std::string_view order, std::uint64_t waiting)>& give);
std::int64_t look_at_all(const std::string& path, const std::function<void(const std::string&)>& say);

}  // namespace flowrun::sqlite
