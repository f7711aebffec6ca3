// signal: a source that makes a message of each signal the process gets.

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <flowrun/component.hh>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "components.hh"
#include "endless.hh"

namespace flowrun::core {
namespace {

using namespace sdk;

struct Known {
    std::string_view name;
    int number;
};
constexpr std::array<Known, 3> known = {{{"USR1", SIGUSR1}, {"USR2", SIGUSR2}, {"HUP", SIGHUP}}};

// What a handler writes, in one piece: pipes keep what is that short together.
struct Arrival {
    std::int32_t signal, process, user;
};

// Handlers can reach nothing else. A signal belongs to one node at a time: the write end of its pipe, or -1.
std::array<std::atomic<int>, known.size()> taken = {-1, -1, -1};
std::atomic<std::uint64_t> overrun = 0;  // signals that came when a pipe was full
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<std::uint64_t>::is_always_lock_free);

extern "C" void signal_arrived(int number, siginfo_t* about, void*) {
    const int before = errno;
    for (std::size_t i = 0; i < known.size(); ++i) {
        if (known[i].number != number) continue;
        const Arrival arrival{number, about ? about->si_pid : 0, about ? static_cast<std::int32_t>(about->si_uid) : 0};
        const int to = taken[i].load();
        if (to >= 0 && ::write(to, &arrival, sizeof arrival) < 0) overrun.fetch_add(1);
    }
    errno = before;
}

// Ends of pipes are never closed but used again: a handler on another thread may still be writing.
class Pipe {
public:
    Pipe() {
        const std::lock_guard lock(mutex);
        if (!unused.empty()) {
            ends_ = unused.back();
            unused.pop_back();
        } else if (::pipe2(ends_.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
            throw Failure(Status::unavailable, std::string("cannot make a pipe: ") + std::strerror(errno));
        }
        Arrival old{};
        while (read(old)) {}
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    ~Pipe() {
        const std::lock_guard lock(mutex);
        unused.push_back(ends_);
    }
    bool read(Arrival& out) const { return ::read(ends_[0], &out, sizeof out) == sizeof out; }
    int reading() const { return ends_[0]; }
    int writing() const { return ends_[1]; }

private:
    using Ends = std::array<int, 2>;
    static inline std::mutex mutex;
    static inline std::vector<Ends> unused;  // guarded by the mutex
    Ends ends_{};
};

// A signal that goes into a pipe, for as long as this lives. Afterwards it is as it was before, but that it does not
// kill the process, which may still have things to end.
class Taken {
public:
    Taken(std::size_t which, int pipe) : which_(which) {
        int nobody = -1;
        if (!taken[which].compare_exchange_strong(nobody, pipe)) {
            throw Failure(Status::invalid, "another node takes the signal " + std::string(known[which].name) +
                                               " already; let edges lead from that one");
        }
        struct sigaction action{};
        action.sa_sigaction = signal_arrived;
        action.sa_flags = SA_RESTART | SA_SIGINFO;
        ::sigfillset(&action.sa_mask);
        ::sigaction(known[which].number, &action, &before_);
    }
    Taken(Taken&& other) noexcept : which_(other.which_), before_(other.before_) { other.which_ = known.size(); }
    Taken(const Taken&) = delete;
    Taken& operator=(const Taken&) = delete;
    Taken& operator=(Taken&&) = delete;
    ~Taken() {
        if (which_ == known.size()) return;
        const bool deadly = (before_.sa_flags & SA_SIGINFO) == 0 && before_.sa_handler == SIG_DFL;
        if (deadly) before_.sa_handler = SIG_IGN;
        ::sigaction(known[which_].number, &before_, nullptr);
        taken[which_].store(-1);
    }

private:
    std::size_t which_;  // known.size(): another has it
    struct sigaction before_{};
};

class Signal {
public:
    static constexpr Description description = {
        .id = "signal",
        .summary = "Emits a message for each signal that the process gets",
        .doc =
            "Each message is {signal, pid, uid, n}: the name, who sent it (0 where the kernel does not say), and its "
            "number from 0. It takes the signals from before the first message of the run to its end, so that none "
            "of them ends the process; USR1 then no longer prints the run's status. A signal that comes before the "
            "run has begun waits. The kernel keeps one of each that is not delivered yet, so two at the same moment "
            "may be one.\n"
            "It ends when the run is stopped, or after 'count' messages. One node takes a signal: to use it twice, let "
            "two edges lead from that.",
        .settings = R"({"type": "object", "required": ["on"], "properties": {
            "on": {"type": "array", "x-listen": true, "minItems": 1, "maxItems": 3, "items": {"type": "string", "enum": ["USR1", "USR2", "HUP"]},
                   "description": "Which signals: USR1, USR2, HUP"},
            "count": {"type": "integer", "minimum": 0, "default": 0, "description": "How many messages; 0: no end"}
        }})",
        .ports = R"({"out": {"out": "The signals"}})",
        .flags = FLOWRUN_COOPERATIVE | FLOWRUN_TAKES_SIGNALS,
    };

    Signal(Node node, Value settings)
        : node_(node), count_(settings["count"].integer().value_or(0)), builder_(node.values()) {
        for (std::size_t i = 0; i < known.size(); ++i) {
            bool wanted = false;
            for (Value name : settings["on"].items()) wanted = wanted || name.string() == known[i].name;
            if (wanted) taken_.emplace_back(i, pipe_.writing());
        }
        if (count_ == 0) endless(node);
    }

    Status run(Call call) {
        for (std::int64_t n = 0; count_ == 0 || n < count_; ++n) {
            if (const Status status = call.stopping(); is_error(status)) return status;
            Arrival arrival{};
            if (const Status status = next(call, arrival); is_error(status)) return status;
            (void)call.emit(0, message(arrival, n));
        }
        return Status::ok;
    }

private:
    Status next(Call call, Arrival& out) {
        for (;;) {
            if (pipe_.read(out)) return Status::ok;
            if (const std::uint64_t lost = overrun.exchange(0); lost > 0) {
                node_.log(Level::warn,
                          std::to_string(lost) + " signals came faster than the flow took them, and have no message");
            }
            if (const Status status = call.wait_fd(pipe_.reading(), FLOWRUN_READ); is_error(status)) return status;
        }
    }

    Value message(const Arrival& arrival, std::int64_t n) {
        std::string_view name;
        for (const Known& one : known) {
            if (one.number == arrival.signal) name = one.name;
        }
        builder_.map().key("signal").string(name).key("pid").integer(arrival.process);
        return builder_.key("uid").integer(arrival.user).key("n").integer(n).end().finish();
    }

    Node node_;
    std::int64_t count_;
    Builder builder_;
    Pipe pipe_;
    std::vector<Taken> taken_;
};

}  // namespace

constinit const flowrun_component signal_component = sdk::component<Signal>();

}  // namespace flowrun::core
