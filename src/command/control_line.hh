#pragma once
// What goes over a control socket: JSON objects, one a line, a request one way and its answer the other.

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <sys/un.h>
#include <unistd.h>

#include "base/world.hh"

namespace flowrun::command {

class Descriptor {
public:
    explicit Descriptor(int fd = -1) : fd_(fd) {}
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    Descriptor(Descriptor&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
    Descriptor& operator=(Descriptor&&) = delete;
    int get() const { return fd_; }

private:
    int fd_;
};

// Nothing: the path is too long for a socket.
std::optional<sockaddr_un> address_of(const std::string& path);
// Whether it is a process of this user at the other end.
bool is_trusted(int socket);

inline constexpr std::size_t most_bytes_of_line = std::size_t{64} << 20;
// Without its line feed. `wait`: until there is something to read; false: no longer. Nothing: that, or the other end went away,
// or said too much.
std::optional<std::string> read_line(int socket, const std::function<bool()>& wait);
bool wait_to_read(int socket, Duration patience);
bool write_line(int socket, std::string_view line, Duration patience);

}  // namespace flowrun::command
