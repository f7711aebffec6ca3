#pragma once
// A file descriptor that is closed with its owner, and a pipe of two.

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace flowrun::core::exec {

class Descriptor {
public:
    Descriptor() noexcept = default;
    explicit Descriptor(int fd) noexcept : fd_(fd) {}
    Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() { close(); }

    int get() const noexcept { return fd_; }
    explicit operator bool() const noexcept { return fd_ >= 0; }
    void close() noexcept {
        if (fd_ >= 0) (void)::close(std::exchange(fd_, -1));
    }

private:
    int fd_ = -1;
};

// Both ends are closed in what is executed.
struct Pipe {
    Descriptor read, write;
    // Our end of it does not block. 0, or the errno.
    enum class Ours { read, write };
    int open(Ours ours) noexcept {
        int ends[2] = {-1, -1};
        if (::pipe2(ends, O_CLOEXEC) != 0) return errno;
        read = Descriptor(ends[0]);
        write = Descriptor(ends[1]);
        return ::fcntl(ends[ours == Ours::read ? 0 : 1], F_SETFL, O_NONBLOCK) == 0 ? 0 : errno;
    }
};

}  // namespace flowrun::core::exec
