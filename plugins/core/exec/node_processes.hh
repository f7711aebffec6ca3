#pragma once
// How many processes of one node there are, on whatever loop: running ones, and messages that wait to start one.

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
    // The run is ending: wait() gives up on the processes that are left after a while.
    void stop();
    bool stopped() const { return stopped_.load(); }
    // Until no process is left. False: some are, a while after the stop, because nothing ends them.
    bool wait();

private:
    std::atomic<bool> stopped_ = false;
    std::mutex mutex_;  // guards all below
    std::condition_variable changed_;
    std::size_t size_ = 0;
};

}  // namespace flowrun::core::exec
