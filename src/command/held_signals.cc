#include "command/held_signals.hh"

#include <pthread.h>

#include <utility>

namespace flowrun::command {

HeldSignals::HeldSignals() {
    sigset_t held;
    sigemptyset(&held);
    for (const int signal : {SIGUSR1, SIGUSR2, SIGHUP}) sigaddset(&held, signal);
    pthread_sigmask(SIG_BLOCK, &held, &before_);
}

void HeldSignals::release() {
    if (std::exchange(held_, false)) pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace flowrun::command
