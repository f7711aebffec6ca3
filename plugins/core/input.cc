#include "input.hh"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace flowrun::core {

using namespace sdk;

namespace {

[[noreturn]] void refuse(int error) {
    if (error == EISDIR) throw Failure(Status::permanent, "stdin is a directory; redirect a file or a pipe to it");
    if (error == EBADF) throw Failure(Status::permanent, "stdin is closed; redirect a file or a pipe to it");
    throw Failure(Status::permanent, std::string("reading stdin: ") + std::strerror(error));
}

}  // namespace

void Input::consume(std::size_t size) {
    begin_ += size;
    offset_ += size;
    if (begin_ == end_) begin_ = end_ = 0;
}

// Room for a whole block behind the data: moved to the front first, grown when that is not enough.
void Input::make_room() {
    if (capacity_ - end_ >= block) return;
    const std::size_t kept = end_ - begin_;
    if (capacity_ - kept < block) {
        const std::size_t wanted = kept < block ? 2 * block : 2 * kept + block;
        std::unique_ptr<char[]> bigger(new char[wanted]);
        if (kept > 0) std::memcpy(bigger.get(), buffer_.get() + begin_, kept);
        buffer_ = std::move(bigger);
        capacity_ = wanted;
    } else {
        std::memmove(buffer_.get(), buffer_.get() + begin_, kept);
    }
    begin_ = 0;
    end_ = kept;
}

// Until the descriptor can be read; ok as well when waiting for it makes no sense.
Status Input::wait(Call call) const {
    pollfd ready{.fd = fd_, .events = POLLIN, .revents = 0};
    if (::poll(&ready, 1, 0) != 0) return Status::ok;
    return call.wait_fd(fd_, FLOWRUN_READ);
}

Input::More Input::fill(Call call) {
    if (!known_) {
        struct stat what{};
        if (::fstat(fd_, &what) != 0) refuse(errno);
        pollable_ = !S_ISREG(what.st_mode) && !S_ISDIR(what.st_mode);
        known_ = true;
    }
    make_room();
    for (;;) {
        if (is_error(call.stopping())) return More::stopped;
        if (pollable_) {
            if (const Status status = wait(call); is_error(status)) {
                if (is_error(call.stopping()) || status == Status::cancelled) return More::stopped;
                throw Failure(status, "waiting for stdin failed");
            }
        }
        const ssize_t got = ::read(fd_, buffer_.get() + end_, block);
        if (got > 0) {
            end_ += static_cast<std::size_t>(got);
            return More::data;
        }
        if (got == 0) return More::end;
        if (errno == EAGAIN || errno == EWOULDBLOCK) pollable_ = true;
        else if (errno != EINTR) refuse(errno);
    }
}

}  // namespace flowrun::core
