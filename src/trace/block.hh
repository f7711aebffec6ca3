#pragma once
// A growing run of bytes that formats write straight into: ask for room, write, say where you stopped. Not zeroed, never
// shrunk. One thread at a time.

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

namespace flowrun::trace {

class Block {
public:
    // At least `bytes` writable bytes behind what is there; valid until the next call of any kind.
    char* room(std::size_t bytes) {
        if (capacity_ - size_ < bytes) grow(bytes);
        return data_.get() + size_;
    }
    // `end`: one behind the last byte written into the room.
    void commit(const char* end) { size_ = static_cast<std::size_t>(end - data_.get()); }
    void append(std::string_view text) { commit(copy(room(text.size()), text)); }

    std::string_view view() const { return {data_.get(), size_}; }
    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    void clear() { size_ = 0; }

    // Copies `text` to `to`; returns the end.
    static char* copy(char* to, std::string_view text) {
        std::memcpy(to, text.data(), text.size());
        return to + text.size();
    }

private:
    void grow(std::size_t bytes) {
        std::size_t wanted = capacity_ * 2 > size_ + bytes ? capacity_ * 2 : size_ + bytes;
        std::unique_ptr<char[]> larger(new char[wanted]);
        if (size_ > 0) std::memcpy(larger.get(), data_.get(), size_);
        data_ = std::move(larger);
        capacity_ = wanted;
    }

    std::unique_ptr<char[]> data_;
    std::size_t size_ = 0, capacity_ = 0;
};

}  // namespace flowrun::trace
