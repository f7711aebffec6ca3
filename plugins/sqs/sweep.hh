#pragma once
// Looking at dead letters, which SQS shows to nobody without giving them out: all are taken, looked at, and given back.
//
// Not promised: completeness, where somebody else takes from the same queue meanwhile; and should this process die, they are there
// again after two minutes.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "broker/message.hh"
#include "declare.hh"
#include "service.hh"

namespace flowrun::sqs {

enum class Fate : std::uint8_t { stays, goes, returns };

// Those that return are put into the queue as new ones. Answers how many have not stayed.
std::int64_t sweep_dead(Service& service, std::string_view name,
                        const std::function<Fate(const broker::Message&)>& judge);

}  // namespace flowrun::sqs
