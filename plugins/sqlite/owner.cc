#include "owner.hh"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <flowrun/component_table.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <mutex>
#include <set>
#include <sstream>

#include "trouble.hh"

namespace flowrun::sqlite {
namespace {

// Closing any descriptor of a file drops the locks that SQLite holds on it in this process: one that this process owns already, under
// whatever name, is not even opened.
std::mutex owned_mutex;
std::set<std::pair<std::uint64_t, std::uint64_t>>& owned() {
    static std::set<std::pair<std::uint64_t, std::uint64_t>> all;
    return all;
}

[[noreturn]] void in_use(const std::string& store, const std::string& process) {
    throw Trouble{FLOWRUN_E_FAILED,
                  store + " is in use by " + (process.empty() ? "another process" : "process " + process)};
}

[[noreturn]] void cannot(const char* what, const std::string& path, int why) {
    throw Trouble{FLOWRUN_E_UNAVAILABLE, std::string("cannot ") + what + " " + path + ": " + std::strerror(why)};
}

std::string process_in(int fd) {
    char text[32] = {};
    const auto n = ::pread(fd, text, sizeof text - 1, 0);
    std::string process(text, n > 0 ? static_cast<std::size_t>(n) : 0);
    while (!process.empty() && (process.back() == '\n' || process.back() == ' ')) process.pop_back();
    return process;
}

// Where nobody has said so beside it: proc(5), `FLOCK  ADVISORY  WRITE 1234 fe:00:5678 0 EOF`.
std::string holder_of(const struct stat& about) {
    char device[48];
    std::snprintf(device, sizeof device, "%02x:%02x:%llu", major(about.st_dev), minor(about.st_dev),
                  static_cast<unsigned long long>(about.st_ino));
    std::ifstream locks("/proc/locks");
    for (std::string line; std::getline(locks, line);) {
        std::istringstream words(line);
        std::string number, kind, advisory, access, process, file;
        if (words >> number >> kind >> advisory >> access >> process >> file && kind == "FLOCK" && file == device)
            return process;
    }
    return {};
}

}  // namespace

Owner::Owner(const std::string& store) {
    try {
        lock_beside(store);
        lock_store(store);
    } catch (const Trouble&) {
        if (store_ >= 0) ::close(store_);
        if (beside_ >= 0) ::close(beside_);
        throw;
    }
    const std::string text = std::to_string(::getpid()) + "\n";
    static_cast<void>(::ftruncate(beside_, 0));
    static_cast<void>(::pwrite(beside_, text.data(), text.size(), 0));
}

void Owner::lock_beside(const std::string& store) {
    const std::string path = store + "-owner";
    beside_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (beside_ < 0) cannot("open", path, errno);
    if (::flock(beside_, LOCK_EX | LOCK_NB) == 0) return;
    if (errno != EWOULDBLOCK) cannot("lock", path, errno);
    in_use(store, process_in(beside_));
}

void Owner::lock_store(const std::string& store) {
    const std::scoped_lock lock(owned_mutex);
    struct stat about{};
    if (::stat(store.c_str(), &about) == 0 && owned().contains({about.st_dev, about.st_ino})) {
        in_use(store, std::to_string(::getpid()));
    }
    store_ = ::open(store.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600);
    if (store_ < 0) cannot("open", store, errno);
    if (::flock(store_, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) cannot("lock", store, errno);
        in_use(store, ::fstat(store_, &about) == 0 ? holder_of(about) : std::string());
    }
    if (::fstat(store_, &about) != 0) cannot("look at", store, errno);
    inode_ = {about.st_dev, about.st_ino};
    owned().insert(inode_);
}

Owner::~Owner() {
    const std::scoped_lock lock(owned_mutex);
    owned().erase(inode_);
    ::close(store_);
    ::close(beside_);
}

}  // namespace flowrun::sqlite
