#include "node_processes.hh"

#include <chrono>

namespace flowrun::core::exec {

void NodeProcesses::joined() {
    const std::lock_guard lock(mutex_);
    ++size_;
}

void NodeProcesses::left() {
    const std::lock_guard lock(mutex_);
    if (--size_ == 0) changed_.notify_all();
}

void NodeProcesses::stop() {
    const std::lock_guard lock(mutex_);
    stopped_.store(true);
    changed_.notify_all();
}

bool NodeProcesses::wait() {
    constexpr auto a_while = std::chrono::seconds(1);
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return size_ == 0 || stopped_.load(); });
    return changed_.wait_for(lock, a_while, [&] { return size_ == 0; });
}

}  // namespace flowrun::core::exec
