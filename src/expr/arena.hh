#pragma once
// Memory for the results of evaluations: handed out by moving a pointer, given back all at once. Costs no heap until
// the first allocation, and none once it is warm. Not shared between threads. Runs no destructors.

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace flowrun::expr {

class Arena {
public:
    Arena() = default;
    Arena(Arena&&) noexcept = default;
    Arena& operator=(Arena&&) noexcept = default;

    // Never nullptr; aligned for every plain type.
    void* allocate(std::size_t bytes) {
        bytes = bytes == 0 ? 16 : (bytes + 15) & ~std::size_t{15};
        if (bytes > static_cast<std::size_t>(end_ - at_)) grow(bytes);
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

    std::string_view copy(std::string_view text) {
        char* place = static_cast<char*>(allocate(text.size()));
        if (!text.empty()) std::memcpy(place, text.data(), text.size());
        return {place, text.size()};
    }

    // Forgets all that was handed out. Keeps one block for the next evaluation, unless it is beyond what is usual.
    void reset();

    // Bytes handed out since the last reset.
    std::size_t used() const { return used_; }

private:
    void grow(std::size_t bytes);

    struct Block {
        std::unique_ptr<char[]> memory;
        std::size_t size;
    };
    std::vector<Block> blocks_;
    char* at_ = nullptr;
    char* end_ = nullptr;
    std::size_t used_ = 0;
};

}  // namespace flowrun::expr
