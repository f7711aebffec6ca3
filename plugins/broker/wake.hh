#pragma once
// By which one thread ends the poll() of another.

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

namespace flowrun::broker {

class Wake {
public:
    Wake() : descriptor_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
        if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
    }
    ~Wake() { ::close(descriptor_); }
    Wake(const Wake&) = delete;
    Wake& operator=(const Wake&) = delete;

    int descriptor() const { return descriptor_; }
    // Once is as good as many times. Any thread.
    void set() const {
        const std::uint64_t one = 1;
        static_cast<void>(!::write(descriptor_, &one, sizeof one));
    }
    void clear() const {
        std::uint64_t times = 0;
        static_cast<void>(!::read(descriptor_, &times, sizeof times));
    }

private:
    const int descriptor_;
};

}  // namespace flowrun::broker
