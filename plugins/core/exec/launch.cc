#include "launch.hh"

#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <new>
#include <vector>

// The thread sanitizer takes clone for a fork, and sets about its own state in the child, which here is ours as well.
#if defined(__SANITIZE_THREAD__)
extern "C" int __clone(int (*)(void*), void*, int, void*, ...);  // NOLINT(bugprone-reserved-identifier): glibc's
#define FLOWRUN_CLONE ::__clone
#else
#define FLOWRUN_CLONE ::clone
#endif

namespace flowrun::core::exec {
namespace {

struct Plan {
    const char* path;
    char* const* argv;
    char* const* environment;
    const char* cwd;
    Standard standard;
    pid_t parent;
    bool session;
    // Written by the child.
    volatile int error;
    volatile bool in_folder;
};

// The child is in our memory: it calls the kernel and nothing else, above all nothing that a sanitizer would watch.
template <class... Arguments>
__attribute__((always_inline)) inline long kernel(long number, Arguments... arguments) {
    return ::syscall(number, arguments...);
}

__attribute__((always_inline)) inline bool stands(long result) { return result >= 0; }

// A handler of ours must not run in the child, and one that is ignored by us alone (SIGPIPE) is not the program's wish.
__attribute__((no_sanitize("address", "undefined", "thread"))) void reset_signals() {
    constexpr long signals = 64;
    constexpr std::size_t mask_size = 8;
    struct Action {  // the kernel's: the handler first, then flags, restorer and mask, none of which a default needs
        unsigned long handler;
        unsigned long rest[4];
    };
    for (long number = 1; number <= signals; ++number) {
        if (number == SIGKILL || number == SIGSTOP) continue;
        Action now{};
        if (!stands(kernel(SYS_rt_sigaction, number, nullptr, &now, mask_size))) continue;
        const bool caught = now.handler != 0 && now.handler != 1;
        const bool ours = number == SIGPIPE || number == SIGCHLD;
        if (!caught && !(ours && now.handler != 0)) continue;
        const Action normal{};
        (void)kernel(SYS_rt_sigaction, number, &normal, nullptr, mask_size);
    }
    const unsigned long none[2] = {0, 0};
    (void)kernel(SYS_rt_sigprocmask, SIG_SETMASK, none, nullptr, mask_size);
}

__attribute__((no_sanitize("address", "undefined", "thread"))) bool prepare(Plan& plan) {
    (void)(plan.session ? kernel(SYS_setsid) : kernel(SYS_setpgid, 0, 0));
    if (!stands(kernel(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0))) return false;
    if (kernel(SYS_getppid) != plan.parent) return false;  // it ended before it could take us along
    if (plan.cwd[0] != '\0' && !stands(kernel(SYS_chdir, plan.cwd))) {
        plan.in_folder = true;
        return false;
    }
    const int from[] = {plan.standard.in, plan.standard.out, plan.standard.err};
    for (int to = 0; to < 3; ++to) {
        if (!stands(kernel(SYS_dup3, from[to], to, 0))) return false;
    }
    // Whatever the rest of the process has open without the mark. An old kernel does not know this call.
    (void)kernel(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC);
    reset_signals();
    return true;
}

__attribute__((no_sanitize("address", "undefined", "thread"))) int begin(void* user) {
    Plan& plan = *static_cast<Plan*>(user);
    if (prepare(plan)) (void)kernel(SYS_execve, plan.path, plan.argv, plan.environment);
    plan.error = errno;
    (void)kernel(SYS_exit, 127);
    return 127;
}

// No signal handler runs in the child while it is in our memory.
class Quiet {
public:
    Quiet() {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    Quiet(const Quiet&) = delete;
    Quiet& operator=(const Quiet&) = delete;
    ~Quiet() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

private:
    sigset_t before_{};
};

void point_at(std::vector<char*>& pointers, const std::vector<std::string>& texts) {
    for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
}

}  // namespace

LaunchPad::LaunchPad()
    : size_(std::size_t{64} << 10U), terminal_(Descriptor(::open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC))) {
    stack_ = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (stack_ == MAP_FAILED) throw std::bad_alloc();
}

LaunchPad::~LaunchPad() { (void)::munmap(stack_, size_); }

Launched LaunchPad::launch(const Command& command, const Standard& standard) {
    std::vector<char*> argv, environment;
    point_at(argv, command.argv);
    argv.push_back(nullptr);
    point_at(environment, command.base->lines());
    point_at(environment, command.own);
    environment.push_back(nullptr);
    Plan plan{.path = command.path.c_str(),
              .argv = argv.data(),
              .environment = environment.data(),
              .cwd = command.cwd.c_str(),
              .standard = standard,
              .parent = ::getpid(),
              .session = terminal_,
              .error = 0,
              .in_folder = false};
    Launched launched;
    int end = -1;
    {
        const Quiet quiet;
        constexpr int flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD;
        launched.pid = FLOWRUN_CLONE(&begin, static_cast<char*>(stack_) + size_, flags, &plan, &end);
        if (launched.pid < 0) launched.error = errno;
    }
    if (launched.pid < 0) return launched;
    launched.end = Descriptor(end);
    launched.error = plan.error;
    launched.in_folder = plan.in_folder;
    if (launched.error != 0) {
        siginfo_t unused{};
        (void)::waitid(P_PIDFD, static_cast<id_t>(end), &unused, WEXITED);
    }
    return launched;
}

}  // namespace flowrun::core::exec
