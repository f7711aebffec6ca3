#pragma once
// What is said of messages that were given out: that they are dealt with, and when they may be seen again. By receipt, ten at a
// time.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "batches.hh"
#include "service.hh"

namespace flowrun::sqs {

class Answers {
public:
    // Status as of flowrun_queue_listener: TIMEOUT where SQS has not lent it to us any more. May be empty.
    using Then = std::function<void(std::int32_t status, std::string_view text)>;

    Answers(Service& service, const std::string& queue);

    void remove(const std::string& receipt, Then then = {});
    // After so many seconds. In the order in which that is said.
    void show_again(const std::string& receipt, std::int64_t seconds, Then then = {});
    void flush();
    bool empty() const { return deletes_.empty() && visibilities_.empty(); }

private:
    Batches deletes_, visibilities_;
};

}  // namespace flowrun::sqs
