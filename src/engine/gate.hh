#pragma once
// What makes a node an actor: one call at a time in each of its instances. Taken without a system call when nobody is in;
// who waits is a thread, and is woken in no promised order.

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>

#include "base/world.hh"

namespace flowrun::engine {

class Lane;

class Gate {
public:
    static constexpr std::uint32_t any = 0xFFFFFFFF;

    // How many instances the node has; before the first call.
    void set_places(std::uint32_t places);
    std::uint32_t places() const { return places_; }

    // Waits until the caller is in one of the places (`wanted`: in that one), and says in which; it must leave() it.
    // `any`: `until` has passed, or the lane is cancelled. `holder` is shown to those who wait in vain.
    std::uint32_t enter(Lane& lane, const void* holder, Time until, std::uint32_t wanted = any);
    void leave(Lane& lane, std::uint32_t place);
    // The holder is another one from now on: a call that has become pending leaves its lane.
    void hand_over(const void* holder, std::uint32_t place) { at(place).store(holder, std::memory_order_relaxed); }
    // How many places are taken.
    std::uint32_t busy() const;

private:
    using Holder = std::atomic<const void*>;

    Holder& at(std::uint32_t place) { return place == 0 ? first_ : others_[place - 1]; }
    const Holder& at(std::uint32_t place) const { return place == 0 ? first_ : others_[place - 1]; }
    bool try_enter(const void* holder, std::uint32_t place) {
        const void* nobody = nullptr;
        return at(place).compare_exchange_strong(nobody, holder, std::memory_order_acquire, std::memory_order_relaxed);
    }
    std::uint32_t try_all(const void* holder, std::uint32_t wanted);

    Holder first_{nullptr};
    std::uint32_t places_ = 1;
    std::unique_ptr<Holder[]> others_;
    std::atomic<std::uint32_t> waiting_{0};
    std::mutex mutex_;
    Condition free_;
};

}  // namespace flowrun::engine
