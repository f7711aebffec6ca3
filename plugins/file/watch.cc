#include "watch.hh"

#include <linux/magic.h>
#include <sys/inotify.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cstring>

namespace flowrun::file {
namespace {

constexpr unsigned grown = IN_MODIFY;
constexpr unsigned moved = IN_MOVE_SELF | IN_DELETE_SELF | IN_ATTRIB;  // IN_ATTRIB: a name of the file was removed
constexpr unsigned come = IN_CREATE | IN_MOVED_TO;

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

bool Watch::folder(const std::string& path) {
    return add(path, come | IN_MOVE_SELF | IN_DELETE_SELF | IN_ONLYDIR) >= 0;
}

int Watch::file(int fd) { return add("/proc/self/fd/" + std::to_string(fd), grown | moved); }

void Watch::forget(int number) {
    if (number >= 0) (void)::inotify_rm_watch(events_.get(), number);
}

bool Watch::names_changed() {
    bool changed = false;
    alignas(inotify_event) char block[16384];
    for (;;) {
        const ssize_t got = ::read(events_.get(), block, sizeof block);
        if (got <= 0) return changed;
        for (ssize_t at = 0; at < got;) {
            inotify_event event;
            std::memcpy(&event, block + at, sizeof event);
            changed = changed || (event.mask & (come | moved | IN_Q_OVERFLOW)) != 0;
            at += static_cast<ssize_t>(sizeof event + event.len);
        }
    }
}

}  // namespace flowrun::file
