#pragma once
// A record of others as a message of the flow.

#include <flowrun/component.hh>

#include <cstdint>
#include <string_view>

#include "api.hh"
#include "broker/cloud_event.hh"

namespace flowrun::kafka {

// The last of that name; empty where there is none.
std::string_view header_of(const rd_kafka_message_t& record, const char* name);
// {body, headers, topic, partition, offset, deliveries}, and of event, key, timestamp what there is. Throws sdk::Failure (invalid) where the body is not
// what it is to be read as.
void build_record(sdk::Build& build, const rd_kafka_message_t& record, const broker::Reading& reading,
                  std::uint64_t deliveries);

}  // namespace flowrun::kafka
