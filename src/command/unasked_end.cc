#include "command/unasked_end.hh"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/signal_stack.hh"
#include "base/visible.hh"
#include "command/exit.hh"
#include "engine/call/whereabouts.hh"

namespace flowrun::command {

namespace {

std::atomic<bool> asked_for = false, crashed = false;
std::atomic<const std::function<void()>*> words = nullptr;

// A line in the making, without memory of the heap: for signal handlers.
class Line {
public:
    void add(std::string_view text) {
        const std::size_t n = std::min(text.size(), sizeof text_ - size_);
        std::memcpy(text_ + size_, text.data(), n);
        size_ += n;
    }
    // What a component or a sender chose: nothing in it may disturb a terminal.
    void add_name(std::string_view name) {
        name = name.substr(0, most_of_a_name);
        while (!name.empty()) {
            const CodePoint point = first_code_point(name);
            const bool plain = point.code != CodePoint::bad && !disturbs(point.code);
            add(plain ? name.substr(0, point.size) : "?");
            name.remove_prefix(point.size);
        }
    }
    void add(std::uint64_t number) {
        char digits[20];
        std::size_t at = sizeof digits;
        do { digits[--at] = static_cast<char>('0' + number % 10); } while ((number /= 10) != 0);
        add({digits + at, sizeof digits - at});
    }
    // Nothing can be done about a stderr that takes no text; one whose reader does not read must not keep the process.
    void write() {
        pollfd ready{STDERR_FILENO, POLLOUT, 0};
        constexpr int patience = 1000;  // milliseconds
        if (::poll(&ready, 1, patience) == 0) return;
        [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text_, size_);
    }

private:
    static constexpr std::size_t most_of_a_name = 500;
    char text_[4096];
    std::size_t size_ = 0;
};

void add_place(Line& line) {
    const engine::Whereabouts at = engine::whereabouts();
    if (!at.node.empty()) {
        line.add(" in node '");
        line.add_name(at.node);
        line.add("'");
    }
    if (!at.plugin.empty()) {
        line.add(at.node.empty() ? " in plugin " : " of plugin ");
        line.add_name(at.plugin);
    }
    if (at.number != 0) {
        line.add(", message ");
        at.message.empty() ? line.add(at.number) : line.add_name(at.message);
    }
    char thread[16] = {};
    if (::prctl(PR_GET_NAME, thread) != 0) return;
    line.add(", on thread ");
    line.add_name(thread);
}

std::string_view name_of(int signal) {
    switch (signal) {
        case SIGSEGV: return "SIGSEGV, a wrong use of memory or an overflow of the stack,";
        case SIGBUS: return "SIGBUS, a wrong use of memory,";
        case SIGFPE: return "SIGFPE, a division by zero or the like,";
        case SIGILL: return "SIGILL, an instruction that does not exist,";
        case SIGABRT: return "SIGABRT, an abort,";
        default: return "a signal";
    }
}

extern "C" void flowrun_crashed(int signal, siginfo_t* about, void*) {
    if (!crashed.exchange(true)) {
        Line line;
        line.add("flowrun: ");
        line.add(name_of(signal));
        add_place(line);
        line.add("; the process ends here\n");
        line.write();
    }
    // The default is in force again. What the thread did itself happens again; what somebody sent has to be sent again.
    if (about == nullptr || about->si_code <= 0) ::raise(signal);
}

extern "C" void flowrun_exits() {
    if (asked_for.load()) return;
    Line line;
    line.add("flowrun: the process was ended by exit");
    add_place(line);
    line.add("; a component must not do that, and what was under way is lost\n");
    line.write();
    if (const auto* last = words.exchange(nullptr)) (*last)();
    ::_exit(code_of(Exit::broken));
}

}  // namespace

void watch_for_unasked_end() {
    static thread_local const SignalStack stack;
    static_cast<void>(stack);
    for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) {
        struct sigaction now{};
        // Whoever is there before, such as a sanitizer, knows better.
        if (::sigaction(signal, nullptr, &now) != 0 || now.sa_handler != SIG_DFL) continue;
        struct sigaction action{};
        action.sa_sigaction = flowrun_crashed;
        action.sa_flags = SA_SIGINFO | SA_ONSTACK | static_cast<int>(SA_RESETHAND);
        ::sigaction(signal, &action, nullptr);
    }
    std::atexit(flowrun_exits);
    std::at_quick_exit(flowrun_exits);
}

void end_is_asked_for() { asked_for.store(true); }

LastWords::LastWords(std::function<void()> last_words) : last_words_(std::move(last_words)) {
    words.store(&last_words_);
}
LastWords::~LastWords() { words.store(nullptr); }

}  // namespace flowrun::command
