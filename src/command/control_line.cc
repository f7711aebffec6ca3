#include "command/control_line.hh"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace flowrun::command {
namespace {

bool wait_for(int socket, short what, Duration patience) {
    pollfd one{socket, what, 0};
    int n = 0;
    do n = ::poll(&one, 1, static_cast<int>(patience / millisecond));
    while (n < 0 && errno == EINTR);
    return n > 0;
}

}  // namespace

std::optional<sockaddr_un> address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return {};
    std::copy(path.begin(), path.end(), address.sun_path);
    return address;
}

bool is_trusted(int socket) {
    ucred peer{};
    socklen_t size = sizeof peer;
    return ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == ::geteuid();
}

bool wait_to_read(int socket, Duration patience) { return wait_for(socket, POLLIN, patience); }

std::optional<std::string> read_line(int socket, const std::function<bool()>& wait) {
    std::string line;
    char block[65536];
    while (line.size() <= most_bytes_of_line && wait()) {
        const ssize_t n = ::recv(socket, block, sizeof block, 0);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return {};
        line.append(block, static_cast<std::size_t>(n));
        if (line.back() != '\n') continue;
        line.pop_back();
        return line;
    }
    return {};
}

bool write_line(int socket, std::string_view text, Duration patience) {
    std::string line(text);
    line += '\n';
    for (std::string_view left = line; !left.empty();) {
        if (!wait_for(socket, POLLOUT, patience)) return false;
        const ssize_t n = ::send(socket, left.data(), left.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno != EINTR && errno != EAGAIN) return false;
        if (n > 0) left.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

}  // namespace flowrun::command
