#pragma once
// What went wrong with the processes that a node keeps while no message waited for one: the node's end tells it.

#include <flowrun/component.hh>

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

namespace flowrun::core::exec {

class Troubles {
public:
    // Any thread.
    void add(sdk::Failure failure) {
        const std::lock_guard lock(mutex_);
        if (count_++ == 0) first_ = std::move(failure);
    }
    // The first, which tells how many there were; nothing: there was none.
    std::optional<sdk::Failure> gathered() const {
        const std::lock_guard lock(mutex_);
        if (count_ < 2) return first_;
        const std::string more = " (the first of " + std::to_string(count_) + " troubles of this kind)";
        sdk::Failure all(first_->code(), first_->what() + more);
        return all;
    }

private:
    mutable std::mutex mutex_;  // guards all below
    std::optional<sdk::Failure> first_;
    std::uint64_t count_ = 0;
};

}  // namespace flowrun::core::exec
