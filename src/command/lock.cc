#include "command/lock.hh"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>

#include "command/private_folder.hh"

namespace flowrun::command {

namespace {

constexpr Duration look_every = 50 * millisecond;
constexpr Duration pid_appears_within = 200 * millisecond;

void rest(World& world, Duration duration) {
    std::mutex mutex;
    Condition never_woken;
    std::unique_lock lock(mutex);
    const Time until = after(world.now(), duration);
    while (world.wait(never_woken, lock, until)) {}
}

std::string content_of(int descriptor) {
    char text[32];
    const ssize_t size = ::pread(descriptor, text, sizeof text, 0);
    std::string pid(text, size > 0 ? static_cast<std::size_t>(size) : 0);
    pid.erase(std::find_if(pid.begin(), pid.end(), [](char c) { return c < '0' || c > '9'; }), pid.end());
    return pid;
}

// Nothing, or a pid as write_pid leaves it: what is in a lock file. Another file's content is not ours to lose.
bool is_lock_file(int descriptor) {
    char text[32];
    const ssize_t size = ::pread(descriptor, text, sizeof text, 0);
    if (size <= 0) return size == 0;
    const std::string_view content(text, static_cast<std::size_t>(size));
    return content.size() > 1 && content.size() < sizeof text &&
           content.find_first_not_of("0123456789") == content.size() - 1 && content.back() == '\n' &&
           content.front() != '0';
}

void write_pid(int descriptor) {
    const std::string pid = std::to_string(::getpid()) + "\n";
    // The pid is for people: a disk too full to hold it is no reason not to run.
    const bool empty = ::ftruncate(descriptor, 0) == 0;
    static_cast<void>(empty && ::pwrite(descriptor, pid.data(), pid.size(), 0) > 0);
}

// Whether the path still is the file that was opened: somebody may have removed it meanwhile.
bool same_file(int descriptor, const std::string& path) {
    struct stat opened{}, there{};
    return ::fstat(descriptor, &opened) == 0 && ::lstat(path.c_str(), &there) == 0 && opened.st_dev == there.st_dev &&
           opened.st_ino == there.st_ino;
}

std::string reason() { return std::strerror(errno); }

Lock::Refusal no_lock_file(const std::string& path, const char* why) {
    return {false, fmt::format("{} is no lock file: {}; name another with --lock=PATH", path, why)};
}

std::uint64_t hash_of(const std::string& text) {
    std::uint64_t hash = 0xCBF29CE484222325;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3;
    return hash;
}

}  // namespace

std::expected<std::string, std::string> Lock::path_for(const std::string& flow_file) {
    const std::unique_ptr<char, void (*)(void*)> real(::realpath(flow_file.c_str(), nullptr), std::free);
    if (!real) return std::unexpected(fmt::format("cannot find {}: {}", flow_file, reason()));
    const std::string path = real.get();
    std::string stem = path.substr(path.rfind('/') + 1);
    stem = stem.substr(0, std::min<std::size_t>(stem.rfind('.'), 64));
    const auto folder = private_folder();
    if (!folder) return std::unexpected(folder.error());
    return fmt::format("{}/{}-{:016x}.lock", *folder, stem, hash_of(path));
}

std::expected<Lock, Lock::Refusal> Lock::take(World& world, const std::string& path, Duration wait) {
    const Time begin = world.now(), end = after(begin, wait);
    for (;;) {
        // Where a link leads is for who made it to say: a file there is neither made nor emptied.
        Lock lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0644));
        if (lock.descriptor_ < 0) {
            if (errno == ELOOP) return std::unexpected(no_lock_file(path, "it is a link"));
            return std::unexpected(Refusal{false, fmt::format("cannot open the lock file {}: {}", path, reason())});
        }
        if (::flock(lock.descriptor_, LOCK_EX | LOCK_NB) == 0) {
            if (!same_file(lock.descriptor_, path)) continue;
            if (!is_lock_file(lock.descriptor_)) {
                return std::unexpected(no_lock_file(path, "it holds something else"));
            }
            write_pid(lock.descriptor_);
            lock.held_ = true;
            return lock;
        }
        if (errno != EWOULDBLOCK && errno != EINTR) {
            return std::unexpected(Refusal{false, fmt::format("cannot lock {}: {}", path, reason())});
        }
        const std::string pid = content_of(lock.descriptor_);
        const Time now = world.now();
        // Who has just taken it needs a moment to write its pid.
        if (now >= end && (!pid.empty() || now - begin >= pid_appears_within)) {
            return std::unexpected(Refusal{true, fmt::format("already running: pid {} holds {}; wait for it with "
                                                             "--lock-wait",
                                                             pid.empty() ? "unknown" : pid, path)});
        }
        rest(world, std::clamp(end - now, millisecond, look_every));
    }
}

Lock::Lock(Lock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), held_(std::exchange(other.held_, false)) {}

Lock::~Lock() {
    if (descriptor_ < 0) return;
    // No pid is left behind where that can be had; another holder's stays.
    if (held_) static_cast<void>(::ftruncate(descriptor_, 0) == 0);
    ::close(descriptor_);
}

}  // namespace flowrun::command
