#include "command/first_process.hh"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <optional>

namespace flowrun::command {

namespace {

int exit_code_of(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

// All that has ended; the child's exit code when it is among that.
std::optional<int> reap(pid_t child) {
    std::optional<int> code;
    int status = 0;
    for (pid_t ended = 0; (ended = ::waitpid(-1, &status, WNOHANG)) > 0;) {
        if (ended == child) code = exit_code_of(status);
    }
    return code;
}

}  // namespace

void reap_as_first_process() {
    if (::getpid() != 1) return;
    sigset_t all, before;
    sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, &before);
    const pid_t child = ::fork();
    if (child <= 0) {  // without another process it has to do as it is
        ::sigprocmask(SIG_SETMASK, &before, nullptr);
        return;
    }
    for (;;) {
        const int signal = ::sigwaitinfo(&all, nullptr);
        if (signal > 0 && signal != SIGCHLD) ::kill(child, signal);
        if (const auto code = reap(child)) ::_exit(*code);
    }
}

}  // namespace flowrun::command
