#include "child.hh"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>

namespace flowrun::core::exec {

using namespace sdk;

namespace {
// How long what a process has left behind may go on printing.
constexpr std::int64_t linger = milliseconds(200);

// The group of a process as /proc/PID/stat tells it, behind the name, which may hold anything; 0: it has gone.
pid_t group_of(const char* pid) {
    char path[64], text[512];
    (void)std::snprintf(path, sizeof path, "/proc/%s/stat", pid);
    const Descriptor file(::open(path, O_RDONLY | O_CLOEXEC));
    const ssize_t size = file ? ::read(file.get(), text, sizeof text - 1) : -1;
    if (size <= 0) return 0;
    text[size] = '\0';
    const char* const name_end = std::strrchr(text, ')');
    int group = 0;
    return name_end && std::sscanf(name_end, ") %*c %*d %d", &group) == 1 ? group : 0;
}
}  // namespace

Child::Child(Loop& loop, std::shared_ptr<NodeProcesses> processes, const Wishes& wishes)
    : loop_(loop), processes_(std::move(processes)), wishes_(wishes) {
    ending_.errors = Tail(wishes.secrets);
    processes_->joined();
    loop_.add_load(1);
}

Child::~Child() {
    loop_.set(*this, never);
    loop_.add_load(-1);
    processes_->left();
}

std::optional<Failure> Child::start(std::unique_ptr<Child> child, const Command& command, std::string_view input,
                                    std::shared_ptr<Owner> owner) {
    if (auto failure = child->launch(command, input)) return failure;
    child->owner_ = std::move(owner);
    Loop& loop = child->loop_;
    loop.take(std::move(child));
    return std::nullopt;
}

std::optional<Failure> Child::launch(const Command& command, std::string_view input) {
    Pipe in, out, err;
    int error = err.open(Pipe::Ours::read);
    if (error == 0 && wishes_.output) error = out.open(Pipe::Ours::read);
    if (error == 0 && wishes_.input) error = in.open(Pipe::Ours::write);
    if (error != 0) return start_failure(command, error, false);
    in_ = std::move(in.write);
    input_ = input;
    if (!input_.empty()) feed();
    const Standard standard{.in = wishes_.input ? in.read.get() : loop_.nothing(),
                            .out = wishes_.output ? out.write.get() : loop_.nothing(),
                            .err = err.write.get()};
    Launched launched = loop_.pad().launch(command, standard);
    if (launched.error != 0) return start_failure(command, launched.error, launched.in_folder);
    pid_ = launched.pid;
    end_ = std::move(launched.end);
    out_ = std::move(out.read);
    err_ = std::move(err.read);
    const bool watched = loop_.watch(end_.get(), EPOLLIN, on_end_) && loop_.watch(err_.get(), EPOLLIN, on_err_) &&
                         (!out_ || loop_.watch(out_.get(), EPOLLIN, on_out_)) &&
                         (!in_ || input_.empty() || loop_.watch(in_.get(), EPOLLOUT, on_in_));
    if (watched) return std::nullopt;
    error = errno;
    signal(SIGKILL);
    siginfo_t unused{};
    (void)::waitid(P_PIDFD, static_cast<id_t>(end_.get()), &unused, WEXITED);
    for (Descriptor* one : {&end_, &err_, &out_, &in_}) loop_.close(*one);
    return start_failure(command, error, false);
}

// The pipe is closed with the last of the input, or when nobody reads it; that is no error.
void Child::feed() {
    while (in_ && !input_.empty()) {
        const ssize_t put = ::write(in_.get(), input_.data(), input_.size());
        if (put >= 0) input_.remove_prefix(static_cast<std::size_t>(put));
        else if (errno == EAGAIN) return;
        else if (errno != EINTR) break;
    }
    loop_.close(in_);
}

// False: nothing more comes for now.
template <class Sink>
bool Child::read(Descriptor& from, Sink&& sink) {
    const ssize_t got = ::read(from.get(), loop_.block(), Loop::block_size);
    if (got > 0) return sink(std::string_view(loop_.block(), static_cast<std::size_t>(got))), true;
    if (got < 0 && errno == EINTR) return true;
    if (got == 0 || errno != EAGAIN) loop_.close(from);
    return false;
}

// How often a pipe is read before the turn of other pipes. What a process leaves in its pipe when it exits is read
// whole, but a process that it has started could go on writing there for ever: hence a bound.
int Child::turns() const { return exited_ ? 64 : 4; }

void Child::read_output() {
    const auto give = [&](std::string_view text) {
        if (owner_) owner_->printed(text);
    };
    reading_ = true;
    for (int left = turns(); left > 0 && out_ && !held_ && read(out_, give); --left) {}
    reading_ = false;
    if (!out_) settle();
}

void Child::read_errors() {
    const auto give = [&](std::string_view text) {
        ending_.errors.append(text);
        if (owner_) owner_->complained(text);
    };
    for (int left = turns(); left > 0 && err_ && read(err_, give); --left) {}
    if (!err_) settle();
}

void Child::hold_output(bool hold) {
    if (held_ == hold || !out_) return;
    held_ = hold;
    // Not watched at all meanwhile: a pipe whose other end is closed would be ready all the time.
    if (hold) {
        loop_.unwatch(out_.get());
    } else {
        (void)loop_.watch(out_.get(), EPOLLIN, on_out_);
        if (exited_) read_output();
        settle();
    }
}

void Child::shut_output() {
    loop_.close(out_);
    held_ = false;
    if (!reading_) settle();
}

void Child::leave() {
    owner_.reset();
    loop_.close(in_);
    input_ = {};
    hold_output(false);
}

void Child::signal(int number) const { (void)::kill(-pid_, number); }

void Child::terminate() {
    if (std::exchange(told_, true)) return;
    kill_at_ = after(loop_.now(), wishes_.kill_after);
    signal(SIGTERM);
    signal(SIGCONT);  // one that is stopped could not end
    if (wishes_.kill_after <= 0) ring();
    else loop_.set(*this, kill_at_);
}

void Child::hurry(std::int64_t most) {
    terminate();
    if (killed_) return;
    kill_at_ = std::min(kill_at_, after(loop_.now(), most));
    loop_.set(*this, kill_at_);
}

void Child::has_ended() {
    if (std::exchange(exited_, true)) return;
    loop_.unwatch(end_.get());
    loop_.close(in_);
    // What it has printed is in the pipes by now.
    read_errors();
    read_output();
    settle();
}

// What is to be done once the process has exited.
void Child::settle() {
    if (!exited_ || !end_) return;
    if (!out_ && !err_) return finish();
    if (held_ || std::exchange(lingering_, true)) return;
    const Time soon = after(loop_.now(), linger);
    loop_.set(*this, told_ && !killed_ ? std::min(kill_at_, soon) : soon);
}

// Whether nothing is left of the group but the process that has exited, which keeps the group's number until it is
// reaped. Asking kill would not do: that counts too.
bool Child::is_alone() const {
    struct Close {
        void operator()(DIR* folder) const { (void)::closedir(folder); }
    };
    const std::unique_ptr<DIR, Close> all(::opendir("/proc"));
    if (!all) return false;
    while (const dirent* one = ::readdir(all.get())) {
        const bool is_process = one->d_name[0] >= '1' && one->d_name[0] <= '9';
        if (is_process && std::atoi(one->d_name) != pid_ && group_of(one->d_name) == pid_) return false;
    }
    return true;
}

void Child::ring() {
    // What holds the pipes has left the group, and is no affair of ours.
    if (lingering_ && told_ && !held_ && is_alone()) return finish();
    if (told_ && !killed_) {
        const Time now = loop_.now();
        if (now < kill_at_) return loop_.set(*this, std::min(kill_at_, after(now, linger)));
        killed_ = true;
        signal(SIGKILL);
        if (exited_) loop_.set(*this, after(loop_.now(), linger));
        return;
    }
    if (!exited_) return;
    if (killed_) return finish();
    if (held_) return loop_.set(*this, after(loop_.now(), linger));
    tell_owner(false);
    is_alone() ? finish() : terminate();
}

void Child::tell_owner(bool reap) {
    siginfo_t how{};
    (void)::waitid(P_PIDFD, static_cast<id_t>(end_.get()), &how, WEXITED | WNOHANG | (reap ? 0 : WNOWAIT));
    ending_.by_signal = how.si_code == CLD_KILLED || how.si_code == CLD_DUMPED;
    ending_.number = how.si_status;
    const std::shared_ptr<Owner> owner = std::exchange(owner_, nullptr);
    if (owner) owner->ended(ending_);
}

// Whatever is left of the group is told to end while the zombie still keeps its number.
void Child::finish() {
    signal(told_ ? SIGKILL : SIGTERM);
    loop_.close(out_);
    loop_.close(err_);
    loop_.set(*this, never);
    tell_owner(true);
    end_.close();
    loop_.bury(*this);
}

}  // namespace flowrun::core::exec
