#pragma once
// The receipts that the sources of a run wait for (queue/receipt.hh). A run that is cancelled waits for none of them any more.

#include <unordered_set>
#include <vector>

#include "base/mutex.hh"
#include "base/mutex_lock.hh"
#include "queue/receipt.hh"

namespace flowrun::engine {

class Receipts {
public:
    // Whoever adds one keeps a share of it until he removes it.
    void add(queue::Receipt& receipt) {
        {
            MutexLock lock(mutex_);
            open_.insert(&receipt);
            if (!cancelled_) return;
        }
        receipt.cancel();
    }
    void remove(queue::Receipt& receipt) {
        MutexLock lock(mutex_);
        open_.erase(&receipt);
    }
    void cancel() {
        std::vector<queue::Receipt::Ref> all;
        {
            MutexLock lock(mutex_);
            cancelled_ = true;
            for (queue::Receipt* receipt : open_) all.emplace_back(*receipt);
        }
        for (const queue::Receipt::Ref& receipt : all) receipt->cancel();
    }

private:
    Mutex mutex_{LockRank::receipt};
    std::unordered_set<queue::Receipt*> open_ GUARDED_BY(mutex_);
    bool cancelled_ GUARDED_BY(mutex_) = false;
};

}  // namespace flowrun::engine
