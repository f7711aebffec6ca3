#include "queue/receipt.hh"

#include "base/mutex_lock.hh"

namespace flowrun::queue {

void Receipt::fail(const Error& why) {
    MutexLock lock(mutex_);
    if (!failure_) failure_ = why;
}

std::optional<Error> Receipt::failure() {
    MutexLock lock(mutex_);
    return failure_;
}

}  // namespace flowrun::queue
