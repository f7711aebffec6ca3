#include "base/machine.hh"

// Before Asio.
#include "base/loop_begins.hh"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/signal_stack.hh"
#include "base/timer_queue.hh"

namespace flowrun {
namespace {

namespace asio = boost::asio;
using Steady = std::chrono::steady_clock;

// ComponentTimers that fall due in quick succession ring together: an alarm for each is a system call for each.
constexpr Duration slack = 250 * microsecond;

Steady::time_point point(Time t) { return Steady::time_point(std::chrono::nanoseconds(t)); }

struct RealThread final : World::Thread::Handle {
    std::thread thread;
    explicit RealThread(std::thread t) : thread(std::move(t)) {}
    void join() override {
        if (thread.joinable()) thread.join();
    }
    void detach() override { thread.detach(); }
};

// No thread that we start runs handlers of signals, so that a blocking call of a component is not interrupted.
class SignalsBlocked {
public:
    SignalsBlocked() {
        sigset_t all;
        sigfillset(&all);
        // What the thread itself does wrong: blocked it would end the process without its handler.
        for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS}) sigdelset(&all, fault);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;

private:
    sigset_t before_;
};

// Not joinable where the system has none to give.
template <class F>
std::thread started_thread(F&& job) {
    try {
        return std::thread(std::forward<F>(job));
    } catch (const std::system_error&) { return {}; }
}

}  // namespace

struct Machine::State {
    struct Watched {
        asio::posix::stream_descriptor descriptor;
        Job job;
    };

    asio::io_context io{1};
    std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work;
    asio::steady_timer alarm{io};
    std::optional<asio::signal_set> signals;
    std::function<void(int)> on_signal;
    std::optional<asio::posix::stream_descriptor> held;  // a signalfd
    sigset_t held_signals{};

    AdaptiveMutex mutex{LockRank::world};
    bool started GUARDED_BY(mutex) = false;
    std::thread thread GUARDED_BY(mutex);
    WatchId last_id GUARDED_BY(mutex) = 0;
    TimerQueue timers GUARDED_BY(mutex);
    std::vector<Job> due;  // the timer thread's alone
    Time armed GUARDED_BY(mutex) = never;
    Time rang GUARDED_BY(mutex) = 0;  // when it last looked
    // Shared with the handler in the io_context.
    std::unordered_map<WatchId, std::shared_ptr<Watched>> watched GUARDED_BY(mutex);

    // False: the system refuses the thread; what waits for it is kept for a later try.
    bool need_thread() REQUIRES(mutex) {
        if (started) return true;
        work.emplace(io.get_executor());
        const SignalsBlocked blocked;
        thread = started_thread([this] {
            pthread_setname_np(pthread_self(), "flowrun-time");
            const SignalStack stack;
            io.run();
        });
        started = thread.joinable();
        return started;
    }

    void arm() REQUIRES(mutex) {  // on the timer thread
        Time first = timers.first();
        if (first != never) first = std::max(first, after(rang, slack));
        if (first == armed) return;
        armed = first;
        alarm.expires_at(point(first));
        if (first != never) {
            alarm.async_wait([this](const boost::system::error_code& error) {
                if (!error) ring();
            });
        }
    }

    void ring() {
        MutexLock lock(mutex);
        armed = never;
        Time now = std::chrono::duration_cast<std::chrono::nanoseconds>(Steady::now().time_since_epoch()).count();
        rang = now;
        constexpr std::size_t stretch = 32;
        while (timers.first() <= now) {
            while (due.size() < stretch && timers.first() <= now) due.push_back(timers.take_first());
            lock.unlock();
            for (Job& job : due) job();
            due.clear();
            lock.lock();
        }
        arm();
    }

    void await_signal() {
        signals->async_wait([this](const boost::system::error_code& error, int number) {
            if (error) return;
            on_signal(number);
            await_signal();
        });
    }

    void await_held() {
        held->async_wait(asio::posix::stream_descriptor::wait_read, [this](const boost::system::error_code& error) {
            if (error) return;
            signalfd_siginfo arrived{};
            while (::read(held->native_handle(), &arrived, sizeof arrived) == sizeof arrived) {
                on_signal(static_cast<int>(arrived.ssi_signo));
            }
            await_held();
        });
    }
};

Machine::Machine() {
    const LoopBegins begins;
    state_ = std::make_unique<State>();
}

Machine::~Machine() {
    if (state_->started) {
        state_->work.reset();
        state_->io.stop();
        state_->thread.join();
    }
    const bool holds = state_->held.has_value();
    const sigset_t held = state_->held_signals;
    state_.reset();
    if (!holds) return;
    // What comes this late has nobody to be told to, and must not find its default again.
    constexpr timespec at_once{};
    while (::sigtimedwait(&held, nullptr, &at_once) > 0) {}
    pthread_sigmask(SIG_UNBLOCK, &held, nullptr);
}

Time Machine::now() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(Steady::now().time_since_epoch()).count();
}

std::int64_t Machine::wall() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

World::Thread Machine::start(std::string name, Job job) {
    SignalsBlocked blocked;
    if (name.size() > 15) name.resize(15);
    std::thread thread = started_thread([name = std::move(name), job = std::move(job)] {
        pthread_setname_np(pthread_self(), name.c_str());
        const SignalStack stack;
        job();
    });
    if (!thread.joinable()) return {};
    return Thread(std::make_unique<RealThread>(std::move(thread)));
}

bool Machine::wait(Condition& condition, std::unique_lock<std::mutex>& lock, Time until) {
    if (until == never) {
        condition.real_.wait(lock);
        return true;
    }
    return condition.real_.wait_until(lock, point(until)) == std::cv_status::no_timeout;
}

void Machine::wake_one(Condition& condition) { condition.real_.notify_one(); }
void Machine::wake_all(Condition& condition) { condition.real_.notify_all(); }

World::TimerId Machine::at(Time when, Job job) {
    MutexLock lock(state_->mutex);
    state_->need_thread();
    TimerId id = state_->timers.add(when, std::move(job));
    if (when < state_->armed) {
        asio::post(state_->io, [state = state_.get()] {
            MutexLock again(state->mutex);
            state->arm();
        });
    }
    return id;
}

bool Machine::cancel(TimerId timer) {
    MutexLock lock(state_->mutex);
    return state_->timers.remove(timer);
}

bool Machine::ready(int fd, bool write) {
    pollfd asked{fd, static_cast<short>(write ? POLLOUT : POLLIN), 0};
    return ::poll(&asked, 1, 0) > 0;
}

World::WatchId Machine::watch(int fd, bool write, Job job) {
    MutexLock lock(state_->mutex);
    state_->need_thread();
    WatchId id = ++state_->last_id;
    auto watched =
        std::make_shared<State::Watched>(State::Watched{asio::posix::stream_descriptor(state_->io), std::move(job)});
    state_->watched.emplace(id, watched);
    asio::post(state_->io, [state = state_.get(), id, watched, fd, write] {
        auto ready = [state, id, watched](const boost::system::error_code&) {
            MutexLock inner(state->mutex);
            bool wanted = state->watched.erase(id) != 0;
            inner.unlock();
            if (watched->descriptor.is_open()) watched->descriptor.release();
            if (wanted) watched->job();
        };
        {
            MutexLock inner(state->mutex);
            if (!state->watched.contains(id)) return;
        }
        boost::system::error_code refused;
        watched->descriptor.assign(fd, refused);  // a regular file cannot be polled: ready at once
        if (refused) return ready(refused);
        watched->descriptor.async_wait(
            write ? asio::posix::stream_descriptor::wait_write : asio::posix::stream_descriptor::wait_read, ready);
    });
    return id;
}

bool Machine::unwatch(WatchId id) {
    MutexLock lock(state_->mutex);
    auto found = state_->watched.find(id);
    if (found == state_->watched.end()) return false;
    auto watched = found->second;
    state_->watched.erase(found);
    if (!state_->started) return true;
    if (std::this_thread::get_id() == state_->thread.get_id()) {
        if (watched->descriptor.is_open()) watched->descriptor.release();
        return true;
    }
    // The timer thread may have the descriptor in its poll set: it must let go before the caller closes it.
    bool gone = false;
    Condition done;
    asio::post(state_->io, [&, watched] {
        if (watched->descriptor.is_open()) watched->descriptor.release();
        MutexLock inner(state_->mutex);
        gone = true;
        done.real_.notify_all();
    });
    while (!gone) done.real_.wait(MutexLock::Lent(lock).lock());
    return true;
}

Result<void> Machine::on_signals(const std::vector<int>& signals, std::function<void(int)> job) try {
    MutexLock lock(state_->mutex);
    state_->on_signal = std::move(job);
    const LoopBegins begins;
    state_->signals.emplace(state_->io);
    for (int number : signals) state_->signals->add(number);
    state_->await_signal();
    if (!state_->need_thread()) return fail(Code::unavailable, "the system refuses another thread");
    return {};
} catch (const std::runtime_error& refused) {  // Boost's system_error and the standard's
    return fail(Code::unavailable, std::string("signals cannot be waited for: ") + refused.what());
}

void Machine::hold_signals(const std::vector<int>& signals) {
    MutexLock lock(state_->mutex);
    sigemptyset(&state_->held_signals);
    for (int number : signals) sigaddset(&state_->held_signals, number);
    const int descriptor = ::signalfd(-1, &state_->held_signals, SFD_CLOEXEC | SFD_NONBLOCK);
    if (descriptor < 0) return;  // their handlers have to do
    state_->held.emplace(state_->io);
    boost::system::error_code refused;
    state_->held->assign(descriptor, refused);
    if (refused) {
        state_->held.reset();
        ::close(descriptor);
        return;
    }
    state_->await_held();
    pthread_sigmask(SIG_BLOCK, &state_->held_signals, nullptr);
}

}  // namespace flowrun
