#pragma once
// Asio does not look at what epoll_ctl answers while a loop begins, nor when it wakes one: refused there (ENOMEM,
// ENOSPC), the loop would sleep for ever. To be included before any header of Asio, in the file that compiles it.

#include <sched.h>
#include <sys/epoll.h>

#include <cerrno>
#include <system_error>

namespace flowrun {

// While one stands on a thread, a descriptor that cannot be watched is an exception: std::system_error.
class LoopBegins {
public:
    LoopBegins() { now() = true; }
    ~LoopBegins() { now() = false; }
    LoopBegins(const LoopBegins&) = delete;
    LoopBegins& operator=(const LoopBegins&) = delete;

    static bool& now() {
        thread_local bool begins = false;
        return begins;
    }
};

inline int told_epoll_ctl(int epoll, int what, int fd, epoll_event* event) {
    constexpr int often = 1000;
    for (int turn = 0; ::epoll_ctl(epoll, what, fd, event) != 0; ++turn) {
        if (errno != ENOMEM && errno != ENOSPC) return -1;
        if (what == EPOLL_CTL_ADD && LoopBegins::now()) {
            throw std::system_error(errno, std::generic_category(), "descriptors and times cannot be waited for");
        }
        // It is watched already, and the lack may pass.
        if (what != EPOLL_CTL_MOD || turn == often) return -1;
        (void)::sched_yield();
    }
    return 0;
}

}  // namespace flowrun

#define epoll_ctl ::flowrun::told_epoll_ctl
