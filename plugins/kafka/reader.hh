#pragma once
// Looks at what lies in a partition, without taking it.

#include <functional>

#include "api.hh"
#include "cluster.hh"

namespace flowrun::kafka {

// From this offset on and below the end, as long as `give` says so. Throws broker::Lost where nobody answers for some seconds.
void read_partition(const Cluster& cluster, const Place& place, std::int64_t from, std::int64_t end,
                    const std::function<bool(const rd_kafka_message_t&)>& give);

}  // namespace flowrun::kafka
