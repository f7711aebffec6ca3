#include "command/interrupts.hh"

#include <signal.h>
#include <unistd.h>

#include <initializer_list>

#include "base/standard_error.hh"

namespace flowrun::command {

namespace {

bool ignored(int signal) {
    struct sigaction now{};
    return ::sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

}  // namespace

void Interrupts::listen(Machine& machine) {
    const auto arrived = [this, &machine](int signal) { arrive(signal, machine.now()); };
    // A shell ignores SIGINT for what it starts in the background.
    if (ignored(SIGINT)) {
        machine.on_signals({SIGTERM, SIGUSR1}, arrived);
    } else {
        machine.on_signals({SIGINT, SIGTERM, SIGUSR1}, arrived);
    }
}

void Interrupts::begin(engine::Runner& runner) {
    std::lock_guard lock(mutex_);
    runner_ = &runner;
}

void Interrupts::end() {
    std::lock_guard lock(mutex_);
    runner_ = nullptr;
}

void Interrupts::reader_gone() {
    reader_gone_ = true;
    std::lock_guard lock(mutex_);
    if (runner_ != nullptr) runner_->stop();
}

void Interrupts::arrive(int signal, Time now) {
    constexpr int patience = 2;
    constexpr Duration one_press = 100 * millisecond, impatience = 200 * millisecond;
    std::lock_guard lock(mutex_);
    if (signal == SIGUSR1) {
        // This thread has signals to hear and timers to ring: it waits for no reader.
        if (runner_ != nullptr) (void)StandardError::of_process().write_at_once(runner_->status());
        return;
    }
    const bool repeated = first_ != 0 && now - last_ < one_press;
    last_ = now;
    if (repeated) return;
    if (first_ == 0) first_ = signal;
    if (runner_ == nullptr || ++count_ > patience) ::_exit(128 + signal);
    // Whoever writes a line is waited for like all else, and given up by the run before the line is.
    const Duration most = count_ == 1 ? after(drain_timeout_, impatience) : impatience;
    StandardError::of_process().be_patient_until(after(now, most));
    runner_->interrupt();
}

}  // namespace flowrun::command
