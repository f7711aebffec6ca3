#pragma once
// Where a queue lies in RabbitMQ: quorum queues of the default exchange, unless said otherwise.
//
//   NAME             what waits and what is out
//   NAME.dead        what was rejected, with attempts and error in its headers
//   NAME.wait.30s    (… 1m, 1h, 1d …) what waits for its next attempt: each queue has one time to live, after which the server
//                    puts what was in it back into NAME
//   NAME.busy        nothing; who has something of NAME consumes from it, since the server tells how many do (classic)
//   flowrun.queues   the names of all queues that were made (stream)

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace flowrun::amqp {

inline constexpr std::string_view all_queues = "flowrun.queues";

// How long a message lies in one of the wait queues.
struct Step {
    std::string_view name;
    std::int64_t seconds;
};
// From the shortest on.
std::span<const Step> steps();
// The longest that is not beyond `nanoseconds`; nullptr: that is less than the shortest.
const Step* step_for(std::int64_t nanoseconds);

inline std::string dead_of(std::string_view name) { return std::string(name) + ".dead"; }
inline std::string busy_of(std::string_view name) { return std::string(name) + ".busy"; }
inline std::string wait_of(std::string_view name, const Step& step) {
    return std::string(name) + ".wait." + std::string(step.name);
}

}  // namespace flowrun::amqp
