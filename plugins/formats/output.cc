#include "output.hh"

#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace flowrun::formats {

Output::What Output::what() {
    if (what_ != What::unknown) return what_;
    struct stat status{};
    if (::fstat(fd_, &status) != 0) what_ = What::file;  // a write will tell
    else if (S_ISFIFO(status.st_mode)) what_ = What::pipe;
    else if (S_ISSOCK(status.st_mode)) what_ = What::socket;
    else if (S_ISCHR(status.st_mode) && ::isatty(fd_) == 1) what_ = What::terminal;
    else what_ = What::file;
    return what_;
}

bool Output::is_terminal() { return what() == What::terminal; }

int Output::write_once(std::size_t size, bool may_wait, std::size_t& written) {
    for (;;) {
        const ssize_t got = !may_wait && what() == What::socket
                                ? ::send(fd_, buffer_.data() + written, size, MSG_DONTWAIT | MSG_NOSIGNAL)
                                : ::write(fd_, buffer_.data() + written, size);
        if (got >= 0) {
            written += static_cast<std::size_t>(got);
            return 0;
        }
        if (errno != EINTR) return errno;
    }
}

int Output::flush() {
    std::size_t written = 0;
    int error = 0;
    while (error == 0 && written < buffer_.size()) error = write_once(buffer_.size() - written, true, written);
    buffer_.erase(0, written);
    if (buffer_.empty() && buffer_.capacity() > (std::size_t{4} << 20U)) buffer_.shrink_to_fit();
    return error;
}

int Output::flush_some() {
    if (what() == What::file) return flush();
    std::size_t written = 0;
    int error = 0;
    while (error == 0 && written < buffer_.size()) {
        pollfd ready{.fd = fd_, .events = POLLOUT, .revents = 0};
        if (::poll(&ready, 1, 0) <= 0) break;
        // A pipe that can be written takes PIPE_BUF bytes without waiting, and no more is promised.
        error = write_once(std::min<std::size_t>(buffer_.size() - written, PIPE_BUF), false, written);
    }
    buffer_.erase(0, written);
    return error == EAGAIN ? 0 : error;
}

}  // namespace flowrun::formats
