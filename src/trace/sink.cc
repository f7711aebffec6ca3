#include "trace/sink.hh"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace flowrun::trace {

Sink::Sink(Sink&& other) noexcept
    : descriptor_(other.descriptor_), owned_(std::exchange(other.owned_, false)), failure_(other.failure()) {}

Sink::~Sink() {
    if (owned_) ::close(descriptor_);
}

std::expected<Sink, int> Sink::open(const std::string& path) {
    constexpr int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;
    Sink sink(::open(path.c_str(), flags | O_NOFOLLOW, 0666));
    if (sink.descriptor_ < 0 && errno == ELOOP) {
        // As a shell follows it, but for one that another user has made: that would be his choice of the file to empty.
        struct stat link{};
        if (::lstat(path.c_str(), &link) != 0) return std::unexpected(errno);
        if (link.st_uid != 0 && link.st_uid != ::geteuid()) return std::unexpected(EACCES);
        sink.descriptor_ = ::open(path.c_str(), flags, 0666);
    }
    if (sink.descriptor_ < 0) return std::unexpected(errno);
    sink.owned_ = true;
    return sink;
}

bool Sink::write(std::string_view bytes) {
    if (failure() != 0) return false;
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
        if (written >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(written));
        } else if (errno == EAGAIN) {
            // Somebody else made a shared terminal or pipe non-blocking. A write is a wait for its reader in any case:
            // this one only takes the form that a blocking descriptor hides.
            pollfd ready = {descriptor_, POLLOUT, 0};
            ::poll(&ready, 1, -1);
        } else if (errno != EINTR) {
            failure_.store(errno, std::memory_order_relaxed);
            return false;
        }
    }
    return true;
}

bool Sink::terminal() const { return ::isatty(descriptor_) == 1; }

}  // namespace flowrun::trace
