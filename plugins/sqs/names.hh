#pragma once
// How a queue is called in SQS, where a name has letters, digits, '-' and '_', eighty at the most. Whatever else it has is written
// as "--" and two hexadecimal digits; a "--" that would be read so itself has its first '-' written so. A name that ends in
// ".fifo" is that of a FIFO queue.

#include <string>
#include <string_view>

namespace flowrun::sqs {

inline constexpr std::string_view fifo_ending = ".fifo", dead_ending = "-dead";

struct Names {
    explicit Names(std::string_view queue);  // throws sdk::QueueError: INVALID where it cannot be
    std::string queue, dead;                 // in SQS
    bool fifo = false;
};

// As its user calls it.
std::string name_of(std::string_view queue);

}  // namespace flowrun::sqs
