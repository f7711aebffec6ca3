#include "owner.hh"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <flowrun/component_table.h>

#include <cerrno>
#include <cstring>

#include "trouble.hh"

namespace flowrun::sqlite {

// A file of its own: closing a descriptor of the database itself would drop the locks that SQLite holds on it.
Owner::Owner(const std::string& store) {
    const std::string path = store + "-owner";
    fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd_ < 0) throw Trouble{FLOWRUN_E_UNAVAILABLE, "cannot open " + path + ": " + std::strerror(errno)};
    if (::flock(fd_, LOCK_EX | LOCK_NB) == 0) {
        const std::string text = std::to_string(::getpid()) + "\n";
        static_cast<void>(::ftruncate(fd_, 0));
        static_cast<void>(::pwrite(fd_, text.data(), text.size(), 0));
        return;
    }
    const int why = errno;
    char held[32] = {};
    const auto n = ::pread(fd_, held, sizeof held - 1, 0);
    ::close(fd_);
    fd_ = -1;
    if (why != EWOULDBLOCK) throw Trouble{FLOWRUN_E_UNAVAILABLE, "cannot lock " + path + ": " + std::strerror(why)};
    std::string process(held, n > 0 ? static_cast<std::size_t>(n) : 0);
    while (!process.empty() && (process.back() == '\n' || process.back() == ' ')) process.pop_back();
    throw Trouble{FLOWRUN_E_FAILED, store + " is in use by process " + (process.empty() ? "(unknown)" : process)};
}

Owner::~Owner() {
    if (fd_ >= 0) ::close(fd_);
}

}  // namespace flowrun::sqlite
