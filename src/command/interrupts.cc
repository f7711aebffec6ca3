#include "command/interrupts.hh"

#include <signal.h>
#include <unistd.h>

#include <vector>

#include "base/standard_error.hh"
#include "base/visible.hh"
#include "command/exit.hh"

namespace flowrun::command {

namespace {

bool ignored(int signal) {
    struct sigaction now{};
    return ::sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

// The signals that would end the process without a word, and could have been sent to it.
std::vector<int> enders() {
    std::vector<int> all = {SIGINT,  SIGTERM, SIGHUP,  SIGUSR2, SIGALRM,   SIGVTALRM,
                            SIGPROF, SIGIO,   SIGXCPU, SIGXFSZ, SIGSTKFLT, SIGPWR};
    for (int signal = SIGRTMIN; signal <= SIGRTMAX; ++signal) all.push_back(signal);
    return all;
}

}  // namespace

Result<void> Interrupts::listen(Machine& machine, bool taken) {
    std::vector<int> heard = {SIGUSR1};
    // A shell ignores SIGINT for what it starts in the background, nohup(1) SIGHUP.
    for (const int signal : enders()) {
        if (!ignored(signal)) heard.push_back(signal);
    }
    if (auto heeded = machine.on_signals(heard, [this, &machine](int signal) { arrive(signal, machine.now()); });
        !heeded) {
        return heeded;
    }
    if (taken)
        std::erase_if(heard, [](int signal) { return signal == SIGHUP || signal == SIGUSR1 || signal == SIGUSR2; });
    machine.hold_signals(heard);
    return {};
}

void Interrupts::begin(engine::Runner& runner) {
    std::lock_guard lock(mutex_);
    runner_ = &runner;
}

void Interrupts::end() {
    std::lock_guard lock(mutex_);
    runner_ = nullptr;
    over_ = true;
}

void Interrupts::reader_gone() {
    reader_gone_ = true;
    std::lock_guard lock(mutex_);
    if (runner_ != nullptr) runner_->stop();
}

void Interrupts::arrive(int signal, Time now) {
    std::lock_guard lock(mutex_);
    if (signal == SIGUSR1) {
        // This thread has signals to hear and timers to ring: it waits for no reader.
        if (runner_ != nullptr) (void)StandardError::of_process().write_at_once(visible(runner_->status(), "\n"));
        return;
    }
    // A write beyond the limit fails, and is told as any other.
    if (signal == SIGXFSZ) return;
    const bool by_hand = signal == SIGINT || signal == SIGTERM;
    if (over_ && !by_hand) return;
    stop_for(signal, now);
}

void Interrupts::stop_for(int signal, Time now) {
    constexpr int patience = 2;
    constexpr Duration one_press = 100 * millisecond, impatience = 200 * millisecond;
    const bool repeated = first_ != 0 && now - last_ < one_press;
    last_ = now;
    if (repeated) return;
    if (first_ == 0) first_ = signal;
    if (runner_ == nullptr || ++count_ > patience) ::_exit(end_with(exit_of_signal(signal)));
    // Whoever writes a line is waited for like all else, and given up by the run before the line is.
    const Duration most = count_ == 1 ? after(drain_timeout_, impatience) : impatience;
    StandardError::of_process().be_patient_until(after(now, most));
    runner_->interrupt();
}

}  // namespace flowrun::command
