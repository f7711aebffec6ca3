#pragma once
// Finding queues, and making those that are not there. All throw broker::Lost, and sdk::QueueError where SQS will not have it.

#include <cstdint>
#include <optional>
#include <string>

#include "broker/json.hh"
#include "names.hh"
#include "service.hh"

namespace flowrun::sqs {

struct QueueAt {
    std::string url;
    broker::Json attributes;  // as GetQueueAttributes answers

    std::int64_t number(std::string_view attribute) const;  // 0: it has none
    std::size_t largest() const;                            // bytes that a message may have
    std::size_t largest_batch() const;
};

// None: there is no such queue.
std::optional<std::string> find_queue(Service& service, const std::string& name);
std::optional<QueueAt> look_at_queue(Service& service, const std::string& name);
// It is made where it is not there; what is there stays as it is.
QueueAt have_queue(Service& service, const std::string& name);
// Where what is rejected goes: to the target of the queue's redrive policy, where it has one; else to a queue of our own.
// None: it is not there, and is not to be made.
std::optional<QueueAt> dead_of(Service& service, const QueueAt& queue, const Names& names, bool make);

}  // namespace flowrun::sqs
