#include "carrier.hh"

#include <flowrun/cxx/queue.hh>

#include <algorithm>
#include <utility>

namespace flowrun::sqs {
namespace {

constexpr std::size_t batches_at_once = 8;

QueueAt queue_at(Service& service, const std::string& name) {
    auto queue = look_at_queue(service, name);
    if (!queue) throw sdk::QueueError{FLOWRUN_E_INVALID, "there is no queue '" + name + "'"};
    return std::move(*queue);
}

}  // namespace

// Of a FIFO queue one batch after the other: else their order would be lost.
Carrier::Carrier(const Settings& settings, broker::Office& office)
    : office_(office), linger_(settings.linger),
      service_(
          settings.place, [&office] { return office.node().now(); }, [&office] { return office.node().wall(); }),
      queue_(queue_at(service_, settings.queue)),
      sends_(service_, "SendMessageBatch", queue_.url, queue_.largest_batch(),
             settings.queue.ends_with(fifo_ending) ? 1 : batches_at_once) {}

void Carrier::send(std::uint64_t name, broker::Errand& errand) {
    Entry entry = std::move(static_cast<Letter&>(errand).entry);
    if (entry.size > queue_.largest()) {
        return office_.fail(
            name, sdk::Status::invalid,
            "it has " + std::to_string(entry.size) + " bytes, and the queue takes " + std::to_string(queue_.largest()));
    }
    if (sends_.waiting() == 0) first_came_ = now();
    sends_.add(std::move(entry), [this, name](const Batches::Outcome& outcome) {
        if (outcome.ok) return office_.arrived(name);
        office_.fail(name, outcome.ours ? sdk::Status::invalid : sdk::Status::unavailable, outcome.text);
    });
}

void Carrier::turn() {
    service_.work();
    if (sends_.waiting() >= Batches::most || now() - first_came_ >= linger_) sends_.flush();
}

std::int64_t Carrier::patience() const {
    const std::int64_t left = first_came_ + linger_ - now();
    return sends_.waiting() == 0 || left <= 0 ? broker::Session::never : left;
}

}  // namespace flowrun::sqs
