#include "base/standard_error.hh"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <ctime>
#include <string>

#include "base/lock_soon.hh"
#include "base/secrets.hh"

namespace flowrun {

namespace {

// There is no world yet, or none any more, when much of this is said.
Time steady_now() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<Time>(now.tv_sec) * second + now.tv_nsec;
}

int milliseconds_until(Time until) {
    if (until == never) return -1;
    constexpr Time longest = 3600 * second;
    return static_cast<int>((std::clamp<Time>(until - steady_now(), 0, longest) + millisecond - 1) / millisecond);
}

// A FIFO with a name knows no RWF_NOWAIT, and another writer may take its room after it has been ready. Opened anew it has a
// mode of its own.
ssize_t write_by_own_description(int descriptor, std::string_view text) {
    struct stat what{};
    if (::fstat(descriptor, &what) != 0 || !S_ISFIFO(what.st_mode))
        return ::write(descriptor, text.data(), text.size());
    const std::string path = "/proc/self/fd/" + std::to_string(descriptor);
    const int own = ::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    if (own < 0) return ::write(descriptor, text.data(), text.size());
    const ssize_t written = ::write(own, text.data(), text.size());
    const int error = errno;
    ::close(own);
    errno = error;
    return written;
}

// The descriptor is shared with other processes, which expect it to block: this one write does not.
ssize_t write_now(int descriptor, std::string_view text) {
    const iovec piece{const_cast<char*>(text.data()), text.size()};
    const ssize_t written = ::pwritev2(descriptor, &piece, 1, -1, RWF_NOWAIT);
    if (written >= 0 || errno == EAGAIN || errno == EINTR || errno == EPIPE) return written;
    return write_by_own_description(descriptor, text);  // an old kernel, or a file that knows no such thing
}

bool has_reader(int descriptor) {
    struct stat what{};
    return ::fstat(descriptor, &what) == 0 &&
           (S_ISFIFO(what.st_mode) || S_ISSOCK(what.st_mode) || S_ISCHR(what.st_mode));
}

}  // namespace

StandardError& StandardError::of_process() {
    static StandardError only(STDERR_FILENO);
    return only;
}

StandardError::StandardError(int descriptor)
    : descriptor_(descriptor), changed_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

StandardError::~StandardError() {
    if (changed_ >= 0) ::close(changed_);
}

void StandardError::be_patient_until(Time until) {
    until_.store(until);
    if (changed_ >= 0) (void)::eventfd_write(changed_, 1);
}

void StandardError::be_last() {
    last_.store(true);
    be_patient_until(after(steady_now(), second));
}

bool StandardError::await_reader() const {
    pollfd ready[] = {{descriptor_, POLLOUT, 0}, {changed_, POLLIN, 0}};
    for (;;) {
        const Time until = until_.load();
        // Once it has been limited the event stays, and the limit alone counts.
        const nfds_t count = until == never ? 2 : 1;
        const int found = ::poll(ready, count, milliseconds_until(until));
        if (found < 0 && errno != EINTR) return false;
        if (found > 0 && ready[0].revents != 0) return true;
        if (until_.load() != never && steady_now() >= until_.load()) return false;
    }
}

bool StandardError::put(std::string_view text, bool wait) {
    const bool read = has_reader(descriptor_);
    while (!text.empty()) {
        pollfd ready{descriptor_, POLLOUT, 0};
        if (read && ::poll(&ready, 1, 0) == 0 && !(wait && await_reader())) return false;
        // What a pipe takes as a whole or not at all, and without a wait where it is ready.
        const ssize_t written =
            read ? write_now(descriptor_, text.substr(0, PIPE_BUF)) : ::write(descriptor_, text.data(), text.size());
        if (written >= 0) text.remove_prefix(static_cast<std::size_t>(written));
        else if (errno != EINTR && !(errno == EAGAIN && wait)) return false;
    }
    return true;
}

bool StandardError::write(std::string_view text) {
    const Secrets& secrets = Secrets::of_process();
    std::unique_lock lock(writing_, std::defer_lock);
    if (!last_.load()) lock.lock();
    else if (lock_soon(writing_)) lock = std::unique_lock(writing_, std::adopt_lock);
    return secrets.any() ? put(secrets.masked(text), true) : put(text, true);
}

bool StandardError::write_at_once(std::string_view text) {
    const Secrets& secrets = Secrets::of_process();
    const std::unique_lock lock(writing_, std::try_to_lock);
    if (!lock) return false;
    return secrets.any() ? put(secrets.masked(text), false) : put(text, false);
}

}  // namespace flowrun
