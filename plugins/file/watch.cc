#include "watch.hh"

#include <linux/magic.h>
#include <sys/inotify.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace flowrun::file {
namespace {

constexpr unsigned grown = IN_MODIFY;
constexpr unsigned gone = IN_MOVE_SELF | IN_DELETE_SELF | IN_ATTRIB;  // IN_ATTRIB: a name of the file was removed
constexpr unsigned come = IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM;

// Where others may write without this kernel's knowledge.
bool is_remote(const char* path) {
    constexpr decltype(statfs::f_type) cifs = 0xFF534D42, fuse = 0x65735546, ninep = 0x01021997;
    struct statfs what{};
    if (::statfs(path, &what) != 0) return false;
    return what.f_type == NFS_SUPER_MAGIC || what.f_type == SMB_SUPER_MAGIC || what.f_type == SMB2_SUPER_MAGIC ||
           what.f_type == CEPH_SUPER_MAGIC || what.f_type == cifs || what.f_type == fuse || what.f_type == ninep;
}

}  // namespace

Watch::Watch() : events_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {}

int Watch::add(const std::string& path, unsigned what) const {
    if (!events_ || is_remote(path.c_str())) return -1;
    return ::inotify_add_watch(events_.get(), path.c_str(), what);
}

bool Watch::folder(const std::string& prefix) {
    const int number = add(prefix.empty() ? "." : prefix, come | IN_MOVE_SELF | IN_DELETE_SELF | IN_ONLYDIR);
    if (number < 0) return false;
    auto& prefixes = folders_[number];
    if (std::find(prefixes.begin(), prefixes.end(), prefix) == prefixes.end()) prefixes.push_back(prefix);
    return true;
}

int Watch::file(int fd) { return add("/proc/self/fd/" + std::to_string(fd), grown | gone); }

void Watch::forget(int number) {
    if (number >= 0) (void)::inotify_rm_watch(events_.get(), number);
}

// The two halves of a rename come one after the other, and not always side by side.
void Watch::moved(std::uint32_t mask, std::uint32_t cookie, int number, const char* name, News& out) {
    const auto folder = folders_.find(number);
    if (folder == folders_.end()) return;
    if ((mask & IN_MOVED_FROM) != 0) {
        constexpr std::size_t most = 1024;  // of those that left all watched folders
        if (leaving_.size() >= most) leaving_.erase(leaving_.begin());
        leaving_[cookie] = folder->second.front() + name;
    } else if (const auto from = leaving_.find(cookie); from != leaving_.end()) {
        out.moves.push_back({std::move(from->second), folder->second.front() + name});
        leaving_.erase(from);
    }
}

Watch::News Watch::news() {
    News out;
    alignas(inotify_event) char block[16384];
    for (;;) {
        const ssize_t got = ::read(events_.get(), block, sizeof block);
        if (got <= 0) return out;
        for (ssize_t at = 0; at < got;) {
            inotify_event event;
            std::memcpy(&event, block + at, sizeof event);
            const char* const name = block + at + sizeof event;
            out.any = true;
            out.names = out.names || (event.mask & (come | gone | IN_Q_OVERFLOW)) != 0;
            if ((event.mask & (IN_MOVED_FROM | IN_MOVED_TO)) != 0 && event.len > 0) {
                moved(event.mask, event.cookie, event.wd, name, out);
            }
            if ((event.mask & IN_IGNORED) != 0) folders_.erase(event.wd);
            at += static_cast<ssize_t>(sizeof event + event.len);
        }
    }
}

}  // namespace flowrun::file
