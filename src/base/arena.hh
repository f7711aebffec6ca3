#pragma once
// Memory handed out by moving a pointer, given back all at once; what was handed out does not move until then. Costs no
// heap until the first allocation, and none once it is warm. Not shared between threads. Runs no destructors.

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace flowrun {

class Arena {
public:
    Arena() = default;
    // The first block is of so many bytes (4096 unless told), those after it grow.
    explicit Arena(std::size_t first) : first_(first) {}
    Arena(Arena&&) noexcept = default;
    Arena& operator=(Arena&&) noexcept = default;

    // Never nullptr; aligned for every plain type.
    void* allocate(std::size_t bytes) {
        bytes = bytes == 0 ? 16 : (bytes + 15) & ~std::size_t{15};
        if (bytes > static_cast<std::size_t>(end_ - at_)) grow(bytes);
        assert(reinterpret_cast<std::uintptr_t>(at_) % 16 == 0);
        char* place = at_;
        at_ += bytes;
        used_ += bytes;
        return place;
    }

    template <class T>
    T* array(std::size_t count) {
        static_assert(std::is_trivially_destructible_v<T> && alignof(T) <= 16);
        return new (allocate(count * sizeof(T))) T[count]();
    }

    template <class T, class... Args>
    T* make(Args&&... args) {
        static_assert(std::is_trivially_destructible_v<T> && alignof(T) <= 16);
        return new (allocate(sizeof(T))) T{std::forward<Args>(args)...};
    }

    // For text: not aligned. One arena gives out either these or the others.
    char* bytes(std::size_t count) {
        if (count > static_cast<std::size_t>(end_ - at_)) [[unlikely]]
            grow(count);
        used_ += count;
        return std::exchange(at_, at_ + count);
    }

    std::string_view copy(std::string_view text) {
        char* place = static_cast<char*>(allocate(text.size()));
        if (!text.empty()) std::memcpy(place, text.data(), text.size());
        return {place, text.size()};
    }

    // Forgets all that was handed out. Keeps one block for the next time, unless it is beyond what is usual.
    void reset() {
        if (used_ != 0) rewind();
    }

    // Bytes handed out since the last reset.
    std::size_t used() const { return used_; }

private:
    void grow(std::size_t bytes);
    void rewind();

    struct Block {
        std::unique_ptr<char[]> memory;
        std::size_t size;
    };
    std::vector<Block> blocks_;
    char* at_ = nullptr;
    char* end_ = nullptr;
    std::size_t used_ = 0;
    std::size_t first_ = 4096;
};

}  // namespace flowrun
