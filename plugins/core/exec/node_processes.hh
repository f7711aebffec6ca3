#pragma once
// The children of one node, wherever they run, and what waits to start one.

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace flowrun::core::exec {

class NodeProcesses {
public:
    void joined();
    void left();
    // No more may join for long: who waits for the rest waits a while only.
    void stop();
    bool stopped() const { return stopped_.load(); }
    // Until there is none. False: some are left a while after the stop, because nothing ends them.
    bool wait();

private:
    std::atomic<bool> stopped_ = false;
    std::mutex mutex_;  // guards all below
    std::condition_variable changed_;
    std::size_t size_ = 0;
};

}  // namespace flowrun::core::exec
