#include "command/held_signals.hh"

#include <pthread.h>

#include <utility>

namespace flowrun::command {

namespace {

sigset_t all_of_them() {
    sigset_t all;
    sigemptyset(&all);
    for (const int signal : {SIGUSR1, SIGUSR2, SIGHUP}) sigaddset(&all, signal);
    return all;
}

}  // namespace

HeldSignals::HeldSignals() {
    const sigset_t held = all_of_them();
    pthread_sigmask(SIG_BLOCK, &held, &before_);
}

void HeldSignals::deliver() {
    const sigset_t held = all_of_them();
    if (std::exchange(held_, false)) pthread_sigmask(SIG_UNBLOCK, &held, nullptr);
}

void HeldSignals::release() {
    if (std::exchange(held_, false)) pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace flowrun::command
