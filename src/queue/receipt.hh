#pragma once
// How a source learns that all that came of a message is dealt with, behind the queues of async edges too. Whoever emits the
// message makes one and holds a unit of it; each item made of the message, which its meta leads to, holds another while it
// waits or is being delivered. When no unit is left, or the run does not wait for them any more, the receipt is over, once.
//
// Not promised: units for what has left the process's memory (a durable queue that holds the message answers for it), or for
// what a component keeps to itself when its call has returned.

#include <atomic>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/error.hh"
#include "base/mutex.hh"

namespace flowrun::queue {

class Receipt {
public:
    // A share of its memory. Whoever has one may ask for a unit; one that comes too late holds up nothing.
    class Ref {
    public:
        Ref() = default;
        explicit Ref(Receipt& of) : of_(&of) { of.holders_.fetch_add(1, std::memory_order_relaxed); }
        Ref(const Ref& other) : of_(other.of_) {
            if (of_ != nullptr) of_->holders_.fetch_add(1, std::memory_order_relaxed);
        }
        Ref(Ref&& other) noexcept : of_(std::exchange(other.of_, nullptr)) {}
        Ref& operator=(Ref other) noexcept {
            std::swap(of_, other.of_);
            return *this;
        }
        ~Ref() {
            if (of_ != nullptr && of_->holders_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete of_;
        }
        explicit operator bool() const { return of_ != nullptr; }
        Receipt* operator->() const { return of_; }
        Receipt* get() const { return of_; }

    private:
        Receipt* of_ = nullptr;
    };

    class Unit {
    public:
        Unit() = default;
        explicit Unit(Ref of) : of_(std::move(of)) {
            if (of_) of_->units_.fetch_add(1, std::memory_order_relaxed);
        }
        Unit(const Unit& other) : Unit(other.of_) {}
        Unit(Unit&&) noexcept = default;
        Unit& operator=(Unit other) noexcept {
            std::swap(of_, other.of_);
            return *this;
        }
        ~Unit() {
            if (of_ && of_->units_.fetch_sub(1, std::memory_order_acq_rel) == 1) of_->finish();
        }
        explicit operator bool() const { return static_cast<bool>(of_); }
        // What the unit stands for has failed for good, and nobody took the failure.
        void failed(const Error& why) const {
            if (of_) of_->fail(why);
        }

    private:
        Ref of_;
    };

    Receipt(const Receipt&) = delete;
    Receipt& operator=(const Receipt&) = delete;

    // Nobody waits for its units any more. Any thread.
    void cancel() {
        cancelled_.store(true);
        finish();
    }
    bool cancelled() const { return cancelled_.load(); }
    // The first failure; nothing: there was none.
    std::optional<Error> failure();

protected:
    Receipt() = default;
    virtual ~Receipt() = default;
    // Once, on any thread, with other locks held: it may hand on, and must not call anybody.
    virtual void over() = 0;
    virtual void fail(const Error& why);

private:
    void finish() {
        if (!over_.exchange(true)) over();
    }

    std::atomic<std::uint32_t> holders_{0}, units_{0};
    std::atomic<bool> over_{false}, cancelled_{false};
    Mutex mutex_{LockRank::receipt};
    std::optional<Error> failure_ GUARDED_BY(mutex_);
};

}  // namespace flowrun::queue
