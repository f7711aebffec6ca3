#include "descriptor.hh"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace flowrun::formats {

using namespace sdk;

void Descriptor::refuse(int error) const {
    if (error == EISDIR) throw Failure(Status::permanent, name_ + " is a directory" + remedy_);
    if (error == EBADF) throw Failure(Status::permanent, name_ + " is closed" + remedy_);
    throw Failure(Status::permanent, "reading " + name_ + ": " + std::strerror(error));
}

// Until the descriptor can be read; ok as well when waiting for it makes no sense.
Status Descriptor::wait(Call call) const {
    pollfd ready{.fd = fd_, .events = POLLIN, .revents = 0};
    if (::poll(&ready, 1, 0) != 0) return Status::ok;
    return call.wait_fd(fd_, FLOWRUN_READ);
}

Source::Read Descriptor::read(Call call, char* to, std::size_t room) {
    if (!known_) {
        struct stat what{};
        if (::fstat(fd_, &what) != 0) refuse(errno);
        pollable_ = !S_ISREG(what.st_mode) && !S_ISDIR(what.st_mode);
        known_ = true;
    }
    for (;;) {
        if (is_error(call.stopping())) return {.what = More::stopped};
        if (pollable_) {
            if (const Status status = wait(call); is_error(status)) {
                if (is_error(call.stopping()) || status == Status::cancelled) return {.what = More::stopped};
                throw Failure(status, "waiting for " + name_ + " failed");
            }
        }
        const ssize_t got = ::read(fd_, to, room);
        if (got > 0) return {.what = More::data, .size = static_cast<std::size_t>(got)};
        if (got == 0) return {.what = More::end};
        if (errno == EAGAIN || errno == EWOULDBLOCK) pollable_ = true;
        else if (errno != EINTR) refuse(errno);
    }
}

}  // namespace flowrun::formats
