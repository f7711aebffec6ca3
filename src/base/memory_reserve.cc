#include "base/memory_reserve.hh"

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <exception>
#include <new>
#include <string_view>

namespace flowrun {
namespace {

constexpr std::size_t reserve_bytes = std::size_t{1} << 20;
constexpr int unavailable = 69;  // as of command/exit.hh, which tells of all

std::atomic<void*> reserve{nullptr};
std::atomic<bool> used{false};
std::terminate_handler before = nullptr;

void out_of_memory() {
    void* block = reserve.exchange(nullptr);
    if (block == nullptr) throw std::bad_alloc();
    used.store(true, std::memory_order_relaxed);
    std::free(block);  // operator new tries again
}

// Allocates nothing.
[[noreturn]] void terminated() {
    try {
        if (auto thrown = std::current_exception()) std::rethrow_exception(thrown);
    } catch (const std::bad_alloc&) {
        constexpr std::string_view line = "flowrun: out of memory: the run ends here, without its account\n";
        static_cast<void>(!::write(STDERR_FILENO, line.data(), line.size()));
        ::_exit(unavailable);
    } catch (...) {
        // Anything else is a bug: its text and a core, as ever.
    }
    if (before != nullptr) before();
    std::abort();
}

}  // namespace

void MemoryReserve::keep() {
    refill();
    std::set_new_handler(out_of_memory);
    before = std::set_terminate(terminated);
}

bool MemoryReserve::lost() { return used.load(std::memory_order_relaxed); }

bool MemoryReserve::refill() {
    void* block = std::malloc(reserve_bytes);
    if (block == nullptr) return false;
    void* none = nullptr;
    if (!reserve.compare_exchange_strong(none, block)) std::free(block);
    used.store(false, std::memory_order_relaxed);
    return true;
}

}  // namespace flowrun
