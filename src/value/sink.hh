#pragma once
// The end of a std::string, written to by pointer: room is asked for ahead, so that small pieces cost no call each.
// While a Sink lives nobody else touches its string; its end gives the string its size.

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

#include "value/few.hh"

namespace flowrun::value {

class Sink {
public:
    explicit Sink(std::string& out) : out_(out), at_(out.data() + out.size()), limit_(at_) {}
    Sink(const Sink&) = delete;
    Sink& operator=(const Sink&) = delete;
    ~Sink() { out_.resize(used()); }

    // The place to write at, good for `bytes`; give back where the writing ended.
    char* room(std::size_t bytes) {
        if (static_cast<std::size_t>(limit_ - at_) < bytes) [[unlikely]]
            grow(bytes);
        return at_;
    }
    void wrote(char* end) { at_ = end; }

    void put(char c) {
        *room(1) = c;
        ++at_;
    }
    void put(std::string_view text) {
        char* const to = room(text.size());
        if (text.size() < 16) {
            Few(text).put(to);
        } else {
            std::memcpy(to, text.data(), text.size());
        }
        at_ += text.size();
    }

private:
    std::size_t used() const { return static_cast<std::size_t>(at_ - out_.data()); }

    [[gnu::noinline]] void grow(std::size_t bytes) {
        const std::size_t size = used();
        std::size_t wanted = size + bytes;
        if (wanted <= out_.capacity()) wanted = out_.capacity();
        else if (wanted < size * 2) wanted = size * 2;
        out_.resize_and_overwrite(wanted, [](char*, std::size_t n) { return n; });
        at_ = out_.data() + size;
        limit_ = out_.data() + wanted;
    }

    std::string& out_;
    char* at_;
    char* limit_;
};

}  // namespace flowrun::value
