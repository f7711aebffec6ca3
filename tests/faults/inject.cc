// Bad luck by plan: preloaded into a program (LD_PRELOAD), it lets the N-th call of one function fail, and counts the calls.
//
//   FLOWRUN_FAULT=CALL:N:ERRNO[+]   the N-th CALL, from 1, fails with that number (of errno.h); with + each one from there on.
//                                   ERRNO 0 of read, write, send: one byte only is read, written or sent. ERRNO -9: the
//                                   process is killed there.
//   FLOWRUN_FAULT_FILES=TEXT        reads, writes and syncs only of files in whose path that is.
//   FLOWRUN_FAULT_CLOCK=SECONDS     the wall clock is set forth and back by so much, ten times a second.
//   FLOWRUN_FAULT_COUNTS=FILE       a line `CALL COUNT` for each function is written there when the program exits.
//
// It takes these variables, and LD_PRELOAD, out of the environment: what the program starts runs undisturbed.
// Only calls that cross from one object to another are seen, so not those of libc into itself.

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

extern "C" {
int __clone(int (*)(void*), void*, int, void*, ...) noexcept;
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
}

namespace {

enum Call : unsigned {
    call_read,
    call_write,
    call_open,
    call_mmap,
    call_thread,
    call_epoll_create,
    call_epoll_ctl,
    call_epoll_wait,
    call_eventfd,
    call_timerfd,
    call_socket,
    call_bind,
    call_listen,
    call_accept,
    call_connect,
    call_send,
    call_recv,
    call_fsync,
    call_rename,
    call_unlink,
    call_pipe,
    call_getrandom,
    call_fork,
    call_malloc,
    calls
};
constexpr const char* names[calls] = {
    "read",    "write",   "open",   "mmap",   "pthread_create", "epoll_create", "epoll_ctl", "epoll_wait",
    "eventfd", "timerfd", "socket", "bind",   "listen",         "accept",       "connect",   "send",
    "recv",    "fsync",   "rename", "unlink", "pipe",           "getrandom",    "fork",      "malloc"};

std::atomic<unsigned long> counts[calls];
unsigned failing = calls;
unsigned long failing_at = 0;
bool failing_on = false;
int failing_with = 0;
char counts_path[4096];
char files[256];
long clock_jump = 0;             // seconds
std::atomic<bool> ready{false};  // the environment has been read

// Whether this call fails; then with failing_with.
bool fails(Call call) {
    if (!ready.load(std::memory_order_relaxed)) return false;
    const unsigned long number = counts[call].fetch_add(1, std::memory_order_relaxed) + 1;
    const bool now = call == failing && (number == failing_at || (failing_on && number > failing_at));
    if (now && failing_with < 0) ::raise(-failing_with);
    return now;
}

bool is_meant(int fd) {
    if (files[0] == '\0') return true;
    char link[64], path[4096];
    std::snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const ssize_t size = ::readlink(link, path, sizeof path - 1);
    if (size < 0) return false;
    path[size] = '\0';
    return std::strstr(path, files) != nullptr;
}

// Whether it is a file, a pipe, a socket or a terminal, whose reads and writes can fail; the kernel's own counters (eventfd,
// timerfd) cannot. Standard error is where the run says what went wrong.
bool can_fail(int fd) {
    struct stat what{};
    return is_meant(fd) && fd != STDERR_FILENO && ::fstat(fd, &what) == 0 && (what.st_mode & S_IFMT) != 0;
}

template <class F>
F* original(const char* name) {
    return reinterpret_cast<F*>(::dlsym(RTLD_NEXT, name));
}

__attribute__((constructor)) void begin() {
    if (const char* path = std::getenv("FLOWRUN_FAULT_COUNTS")) {
        std::snprintf(counts_path, sizeof counts_path, "%s", path);
    }
    if (const char* fault = std::getenv("FLOWRUN_FAULT")) {
        const char* colon = std::strchr(fault, ':');
        for (unsigned i = 0; colon != nullptr && i < calls; ++i) {
            if (std::strlen(names[i]) == static_cast<std::size_t>(colon - fault) &&
                std::strncmp(names[i], fault, std::strlen(names[i])) == 0) {
                failing = i;
            }
        }
        char* end = nullptr;
        if (colon != nullptr) failing_at = std::strtoul(colon + 1, &end, 10);
        if (end == nullptr || *end != ':' || failing == calls) {
            std::fprintf(stderr, "inject: FLOWRUN_FAULT=%s is not CALL:N:ERRNO\n", fault);
            std::abort();
        }
        failing_with = static_cast<int>(std::strtol(end + 1, &end, 10));
        failing_on = *end == '+';
    }
    if (const char* text = std::getenv("FLOWRUN_FAULT_FILES")) std::snprintf(files, sizeof files, "%s", text);
    ::unsetenv("FLOWRUN_FAULT_FILES");
    if (const char* jump = std::getenv("FLOWRUN_FAULT_CLOCK")) clock_jump = std::atol(jump);
    ::unsetenv("FLOWRUN_FAULT_CLOCK");
    ::unsetenv("FLOWRUN_FAULT");
    ::unsetenv("FLOWRUN_FAULT_COUNTS");
    ::unsetenv("LD_PRELOAD");
}

int (*program)(int, char**, char**) = nullptr;

// Bad luck begins with main: what fails before, the loader deals with.
int begun(int argc, char** argv, char** environment) {
    ready = true;
    return program(argc, argv, environment);
}

__attribute__((destructor)) void tell() {
    if (!ready.exchange(false)) return;
    if (counts_path[0] == '\0') return;
    if (std::FILE* out = std::fopen(counts_path, "w")) {
        for (unsigned i = 0; i < calls; ++i) std::fprintf(out, "%s %lu\n", names[i], counts[i].load());
        std::fclose(out);
    }
}

}  // namespace

#define FAILS(call)           \
    if (fails(call)) {        \
        errno = failing_with; \
        return -1;            \
    }
// A call that may move less than it was asked to.
#define FAILS_OR_SHORT(call, size)     \
    if (can_fail(fd) && fails(call)) { \
        if (failing_with != 0) {       \
            errno = failing_with;      \
            return -1;                 \
        }                              \
        if (size > 1) size = 1;        \
    }
#define ORIGINAL(name) static auto* const next = original<decltype(::name)>(#name)

#pragma GCC visibility push(default)
extern "C" {

int __libc_start_main(int (*main)(int, char**, char**), int argc, char** argv, int (*init)(int, char**, char**),
                      void (*fini)(), void (*end)(), void* stack) {
    static auto* const next = original<decltype(__libc_start_main)>("__libc_start_main");
    program = main;
    return next(begun, argc, argv, init, fini, end, stack);
}

void _exit(int code) {
    static auto* const next = original<void(int)>("_exit");
    tell();
    next(code);
    __builtin_unreachable();
}

ssize_t read(int fd, void* data, size_t size) {
    ORIGINAL(read);
    FAILS_OR_SHORT(call_read, size)
    return next(fd, data, size);
}
ssize_t readv(int fd, const iovec* parts, int count) {
    ORIGINAL(readv);
    if (can_fail(fd)) { FAILS(call_read) }
    return next(fd, parts, count);
}
ssize_t pread(int fd, void* data, size_t size, off_t at) {
    ORIGINAL(pread);
    FAILS_OR_SHORT(call_read, size)
    return next(fd, data, size, at);
}
ssize_t write(int fd, const void* data, size_t size) {
    ORIGINAL(write);
    FAILS_OR_SHORT(call_write, size)
    return next(fd, data, size);
}
ssize_t pwrite64(int fd, const void* data, size_t size, off_t at) {
    ORIGINAL(pwrite64);
    FAILS_OR_SHORT(call_write, size)
    return next(fd, data, size, at);
}
ssize_t writev(int fd, const iovec* parts, int count) {
    ORIGINAL(writev);
    if (can_fail(fd) && fails(call_write)) {
        if (failing_with == 0 && count > 0)
            return ::write(fd, parts[0].iov_base, parts[0].iov_len > 1 ? 1 : parts[0].iov_len);
        errno = failing_with;
        return -1;
    }
    return next(fd, parts, count);
}

#define OPENS(name)                                                                          \
    int name(const char* path, int flags, ...) {                                             \
        static auto* const next = original<int(const char*, int, ...)>(#name);               \
        va_list more;                                                                        \
        va_start(more, flags);                                                               \
        const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0; \
        va_end(more);                                                                        \
        FAILS(call_open)                                                                     \
        return next(path, flags, mode);                                                      \
    }
OPENS(open)
OPENS(open64)
#define OPENS_AT(name)                                                                       \
    int name(int folder, const char* path, int flags, ...) {                                 \
        static auto* const next = original<int(int, const char*, int, ...)>(#name);          \
        va_list more;                                                                        \
        va_start(more, flags);                                                               \
        const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0; \
        va_end(more);                                                                        \
        FAILS(call_open)                                                                     \
        return next(folder, path, flags, mode);                                              \
    }
OPENS_AT(openat)
OPENS_AT(openat64)

void* mmap(void* at, size_t size, int protection, int flags, int fd, off_t offset) {
    ORIGINAL(mmap);
    if (fails(call_mmap)) {
        errno = failing_with;
        return MAP_FAILED;
    }
    return next(at, size, protection, flags, fd, offset);
}
int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*run)(void*), void* argument) {
    ORIGINAL(pthread_create);
    if (fails(call_thread)) return failing_with;
    return next(thread, attributes, run, argument);
}
int epoll_create1(int flags) noexcept {
    ORIGINAL(epoll_create1);
    FAILS(call_epoll_create)
    return next(flags);
}
int epoll_ctl(int epoll, int operation, int fd, epoll_event* event) noexcept {
    ORIGINAL(epoll_ctl);
    if (operation == EPOLL_CTL_ADD) {  // the others need no memory
        FAILS(call_epoll_ctl)
    }
    return next(epoll, operation, fd, event);
}
int epoll_wait(int epoll, epoll_event* events, int most, int timeout) {
    ORIGINAL(epoll_wait);
    FAILS(call_epoll_wait)
    return next(epoll, events, most, timeout);
}
int eventfd(unsigned initial, int flags) noexcept {
    ORIGINAL(eventfd);
    FAILS(call_eventfd)
    return next(initial, flags);
}
int timerfd_create(int clock, int flags) noexcept {
    ORIGINAL(timerfd_create);
    FAILS(call_timerfd)
    return next(clock, flags);
}
int socket(int domain, int type, int protocol) noexcept {
    ORIGINAL(socket);
    FAILS(call_socket)
    return next(domain, type, protocol);
}
int bind(int fd, const sockaddr* address, socklen_t size) noexcept {
    ORIGINAL(bind);
    FAILS(call_bind)
    return next(fd, address, size);
}
int listen(int fd, int backlog) noexcept {
    ORIGINAL(listen);
    FAILS(call_listen)
    return next(fd, backlog);
}
int accept(int fd, sockaddr* address, socklen_t* size) {
    ORIGINAL(accept);
    FAILS(call_accept)
    return next(fd, address, size);
}
int accept4(int fd, sockaddr* address, socklen_t* size, int flags) {
    ORIGINAL(accept4);
    FAILS(call_accept)
    return next(fd, address, size, flags);
}
int connect(int fd, const sockaddr* address, socklen_t size) {
    ORIGINAL(connect);
    FAILS(call_connect)
    return next(fd, address, size);
}
ssize_t send(int fd, const void* data, size_t size, int flags) {
    ORIGINAL(send);
    FAILS_OR_SHORT(call_send, size)
    return next(fd, data, size, flags);
}
ssize_t sendmsg(int fd, const msghdr* message, int flags) {
    ORIGINAL(sendmsg);
    FAILS(call_send)
    return next(fd, message, flags);
}
ssize_t recv(int fd, void* data, size_t size, int flags) {
    ORIGINAL(recv);
    FAILS_OR_SHORT(call_recv, size)
    return next(fd, data, size, flags);
}
ssize_t recvmsg(int fd, msghdr* message, int flags) {
    ORIGINAL(recvmsg);
    FAILS(call_recv)
    return next(fd, message, flags);
}
int clock_gettime(clockid_t clock, timespec* now) noexcept {
    ORIGINAL(clock_gettime);
    const int status = next(clock, now);
    timespec since{};
    if (clock_jump == 0 || clock != CLOCK_REALTIME || status != 0 || next(CLOCK_MONOTONIC, &since) != 0) return status;
    now->tv_sec += since.tv_nsec / 100'000'000 % 2 == 0 ? clock_jump : -clock_jump;
    return status;
}
int fsync(int fd) {
    ORIGINAL(fsync);
    if (is_meant(fd)) { FAILS(call_fsync) }
    return next(fd);
}
int fdatasync(int fd) {
    ORIGINAL(fdatasync);
    if (is_meant(fd)) { FAILS(call_fsync) }
    return next(fd);
}
int rename(const char* from, const char* to) noexcept {
    ORIGINAL(rename);
    FAILS(call_rename)
    return next(from, to);
}
int unlink(const char* path) noexcept {
    ORIGINAL(unlink);
    FAILS(call_unlink)
    return next(path);
}
int pipe2(int ends[2], int flags) noexcept {
    ORIGINAL(pipe2);
    FAILS(call_pipe)
    return next(ends, flags);
}
ssize_t getrandom(void* data, size_t size, unsigned flags) {
    ORIGINAL(getrandom);
    FAILS(call_getrandom)
    return next(data, size, flags);
}
int __clone(int (*run)(void*), void* stack, int flags, void* argument, ...) noexcept {
    static auto* const next = original<int(int (*)(void*), void*, int, void*, ...)>("__clone");
    FAILS(call_fork)
    return next(run, stack, flags, argument);
}
pid_t fork() noexcept {
    ORIGINAL(fork);
    FAILS(call_fork)
    return next();
}

void* malloc(size_t size) {
    if (fails(call_malloc)) {
        errno = failing_with;
        return nullptr;
    }
    return __libc_malloc(size);
}
void* calloc(size_t count, size_t size) {
    if (fails(call_malloc)) {
        errno = failing_with;
        return nullptr;
    }
    return __libc_calloc(count, size);
}
void* realloc(void* block, size_t size) {
    if (fails(call_malloc)) {
        errno = failing_with;
        return nullptr;
    }
    return __libc_realloc(block, size);
}
void* aligned_alloc(size_t alignment, size_t size) {
    if (fails(call_malloc)) {
        errno = failing_with;
        return nullptr;
    }
    return __libc_memalign(alignment, size);
}
int posix_memalign(void** block, size_t alignment, size_t size) {
    if (fails(call_malloc)) return failing_with;
    *block = __libc_memalign(alignment, size);
    return *block == nullptr ? ENOMEM : 0;
}

}  // extern "C"
#pragma GCC visibility pop
