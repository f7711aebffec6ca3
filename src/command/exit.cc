#include "command/exit.hh"

#include <signal.h>

namespace flowrun::command {

namespace {

int rank(Exit e) {
    if (is_of_signal(e)) return 6;
    switch (e) {
        case Exit::flow: return 0;
        case Exit::usage: return 1;
        case Exit::unavailable: return 2;
        case Exit::broken: return 3;
        case Exit::running: return 4;
        case Exit::time_up: return 5;
        case Exit::interrupted:
        case Exit::terminated: return 6;
        case Exit::failed: return 7;
        case Exit::reader_gone: return 8;
        case Exit::ok: return 9;
    }
    return 9;
}

}  // namespace

int end_with(Exit e) {
    if (e == Exit::interrupted) {
        ::signal(SIGINT, SIG_DFL);
        sigset_t one;
        sigemptyset(&one);
        sigaddset(&one, SIGINT);
        ::pthread_sigmask(SIG_UNBLOCK, &one, nullptr);
        ::raise(SIGINT);
    }
    return code_of(e);  // as process 1 nothing ends by a signal
}

Exit graver(Exit a, Exit b) { return rank(b) < rank(a) ? b : a; }

}  // namespace flowrun::command
