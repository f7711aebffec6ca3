#include "folder.hh"

#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <cerrno>
#include <system_error>

namespace flowrun::file {
namespace {

int open_beneath(int root, const char* path, int flags, mode_t mode) {
    open_how how{};
    how.flags = static_cast<unsigned>(flags);
    how.mode = (flags & O_CREAT) != 0 ? mode : 0;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    constexpr int tries = 100;  // EAGAIN: something was renamed meanwhile
    for (int i = 0;; ++i) {
        const long fd = ::syscall(SYS_openat2, root, path, &how, sizeof how);
        if (fd >= 0 || errno != EAGAIN || i == tries) return static_cast<int>(fd);
    }
}

constexpr int folder_flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
constexpr mode_t folder_mode = 0777;

}  // namespace

std::string name_in(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return slash == path.npos ? path : path.substr(slash + 1);
}

Folder::Folder(const std::string& root) : root_(::open(root.c_str(), folder_flags)) {
    if (!root_) throw std::system_error(errno, std::system_category());
}

Handle Folder::open(const std::string& path, int flags, mode_t mode) const {
    flags |= O_CLOEXEC;
    if (root_) return Handle(open_beneath(root_.get(), path.c_str(), flags, mode));
    return Handle(::open(path.c_str(), flags, mode));
}

Handle Folder::parent(const std::string& path, bool make_it) const {
    const std::size_t slash = path.rfind('/');
    const std::string folder = slash == path.npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
    Handle found = open(folder, folder_flags);
    return found || errno != ENOENT || !make_it ? std::move(found) : make(folder);
}

// Each part is opened from the root again, so that links within it are followed and none leads out.
Handle Folder::make(const std::string& folder) const {
    for (std::size_t end = 0; end != folder.npos;) {
        end = folder.find('/', end + 1);
        const std::string part = folder.substr(0, end);
        if (Handle there = open(part, folder_flags); there) continue;
        if (errno != ENOENT) return {};
        const Handle above = parent(part, false);
        if (!above) return {};
        const std::string name = name_in(part);
        if (!name.empty() && ::mkdirat(above.get(), name.c_str(), folder_mode) != 0 && errno != EEXIST) return {};
    }
    return open(folder, folder_flags);
}

}  // namespace flowrun::file
