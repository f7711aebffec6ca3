#include "loop.hh"

#include <flowrun/component.hh>

#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string>

namespace flowrun::core::exec {

using namespace sdk;

namespace {

[[noreturn]] void refuse(int error) {
    throw Failure(Status::unavailable, std::string("cannot watch processes: ") + std::strerror(error));
}

Descriptor opened(int fd) {
    if (fd < 0) refuse(errno);
    return Descriptor(fd);
}

// A process that ignores SIGCHLD (its parent may have said so) never learns how its children ended.
void heed_children() {
    struct sigaction now{};
    if (::sigaction(SIGCHLD, nullptr, &now) != 0 || now.sa_handler != SIG_IGN) return;
    now.sa_handler = SIG_DFL;
    (void)::sigaction(SIGCHLD, &now, nullptr);
}

}  // namespace

Time after(Time time, std::int64_t duration) { return duration > never - time ? never : time + duration; }

Loop::Loop()
    : epoll_(opened(::epoll_create1(EPOLL_CLOEXEC))), wake_(opened(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))),
      nothing_(opened(::open("/dev/null", O_RDWR | O_CLOEXEC))), block_(new char[block_size]) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = nullptr;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event) != 0) refuse(errno);
    sigset_t all, before;
    sigfillset(&all);
    // Blocked here, the end of a child would wake a thread that has nothing to do with it, to ignore the signal.
    sigdelset(&all, SIGCHLD);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread([this] { run(); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Loop::~Loop() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    (void)::eventfd_write(wake_.get(), 1);
    thread_.join();
}

void Loop::post(std::function<void()> act) {
    {
        const std::lock_guard lock(mutex_);
        posted_.push_back(std::move(act));
        if (std::exchange(woken_, true)) return;
    }
    (void)::eventfd_write(wake_.get(), 1);
}

Time Loop::now() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

bool Loop::watch(int fd, std::uint32_t events, Watcher& watcher) {
    epoll_event event{};
    event.events = events;
    event.data.ptr = &watcher;
    return ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0;
}

void Loop::unwatch(int fd) { (void)::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr); }

void Loop::close(Descriptor& watched) {
    if (!watched) return;
    unwatch(watched.get());
    watched.close();
}

void Loop::set(Alarm& alarm, Time at) {
    if (alarm.at_ == at) return;
    if (alarm.at_ != never) alarms_.erase({alarm.at_, &alarm});
    alarm.at_ = at;
    if (at != never) alarms_.insert({at, &alarm});
}

void Loop::take(std::unique_ptr<Handle> handle) {
    handle->place_ = handles_.size();
    handles_.push_back(std::move(handle));
}

void Loop::bury(Handle& handle) {
    const std::size_t place = handle.place_;
    buried_.push_back(std::move(handles_[place]));
    if (place + 1 < handles_.size()) {
        handles_[place] = std::move(handles_.back());
        handles_[place]->place_ = place;
    }
    handles_.pop_back();
}

int Loop::wait() const {
    if (alarms_.empty()) return -1;
    const Time left = alarms_.begin()->first - now();
    constexpr Time most = milliseconds(3'600'000);
    // Rounded up: an alarm that has not come yet must not turn this into a busy loop.
    return left <= 0 ? 0 : static_cast<int>((std::min(left, most) + milliseconds(1) - 1) / milliseconds(1));
}

void Loop::ring() {
    const Time time = now();
    while (!alarms_.empty() && alarms_.begin()->first <= time) {
        Alarm& alarm = *alarms_.begin()->second;
        set(alarm, never);
        alarm.ring();
    }
}

// A few at a time: each may start a process, and the processes that run must not wait for all the starts.
bool Loop::run_posted() {
    constexpr int few = 8;
    for (int left = few; left > 0; --left) {
        std::function<void()> act;
        {
            const std::lock_guard lock(mutex_);
            if (posted_.empty()) return woken_ = false;
            act = std::move(posted_.front());
            posted_.pop_front();
        }
        act();
    }
    return true;
}

void Loop::run() {
    pthread_setname_np(pthread_self(), "flowrun-exec");
    heed_children();
    std::array<epoll_event, 64> events;
    for (bool more = false;;) {
        const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), more ? 0 : wait());
        for (int i = 0; i < count; ++i) {
            const epoll_event& event = events[static_cast<std::size_t>(i)];
            if (event.data.ptr) {
                static_cast<Watcher*>(event.data.ptr)->ready(event.events);
            } else {
                eventfd_t unused = 0;
                (void)::eventfd_read(wake_.get(), &unused);
            }
        }
        ring();
        more = run_posted();
        buried_.clear();
        const std::lock_guard lock(mutex_);
        if (ending_ && posted_.empty()) break;
    }
    handles_.clear();
}

Loops::Loops() {
    const unsigned cores = std::clamp(std::thread::hardware_concurrency(), 1U, 4U);
    for (unsigned i = 0; i < cores; ++i) loops_.push_back(std::make_unique<Loop>());
}

std::shared_ptr<Loops> Loops::shared() {
    static std::mutex mutex;
    static std::weak_ptr<Loops> running;
    const std::lock_guard lock(mutex);
    if (auto loops = running.lock()) return loops;
    auto loops = std::make_shared<Loops>();
    running = loops;
    return loops;
}

Loop& Loops::least_busy() {
    return **std::min_element(loops_.begin(), loops_.end(),
                              [](const auto& a, const auto& b) { return a->load() < b->load(); });
}

}  // namespace flowrun::core::exec
