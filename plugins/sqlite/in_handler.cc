#include "in_handler.hh"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace flowrun::sqlite {
namespace {

constexpr char suffix[] = "-inflight";

// The blocks are there before anything is written: a full disk would end the process at the write. -1: it cannot be had.
int open_file(const std::string& path, std::size_t bytes) {
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (fd < 0) return -1;
    struct stat about{};
    const bool fits =
        ::fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && ::posix_fallocate(fd, 0, static_cast<off_t>(bytes)) == 0;
    if (fits) return fd;
    ::close(fd);
    return -1;
}

}  // namespace

InHandler::InHandler(const std::string& store) {
    const int fd = open_file(store + suffix, sizeof(Slot) * slots);
    if (fd < 0) return;
    void* const at = ::mmap(nullptr, sizeof(Slot) * slots, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ::close(fd);
    if (at == MAP_FAILED) return;
    map_ = static_cast<Slot*>(at);
    // What the file holds may be anything: a slot in which nobody would look for its item is none.
    for (std::size_t i = 0; i < slots; ++i) {
        const std::int64_t state = map_[i].state.load();
        const bool noted = state == entered || state == waiting;
        if (!noted || find(map_[i].queue.load(), map_[i].seq.load()) != &map_[i]) map_[i].state.store(free);
    }
}

InHandler::~InHandler() {
    if (map_ != nullptr) ::munmap(map_, sizeof(Slot) * slots);
}

std::vector<InHandler::Found> InHandler::found(std::int64_t queue) const {
    std::vector<Found> all;
    for (std::size_t i = 0; i < slots && map_ != nullptr; ++i) {
        const std::int64_t state = map_[i].state.load();
        const bool noted = state == entered || state == waiting;
        if (noted && map_[i].queue.load() == queue) all.push_back({map_[i].seq.load(), state == entered});
    }
    std::ranges::sort(all, {}, &Found::seq);
    return all;
}

InHandler::Slot* InHandler::find(std::int64_t queue, std::int64_t seq) const {
    for (std::size_t step = 0; step < reach; ++step) {
        Slot& one = slot(queue, seq, step);
        const std::int64_t state = one.state.load(std::memory_order_acquire);
        if ((state == entered || state == waiting) && one.seq.load(std::memory_order_relaxed) == seq &&
            one.queue.load(std::memory_order_relaxed) == queue) {
            return &one;
        }
    }
    return nullptr;
}

void InHandler::note(std::int64_t queue, std::int64_t seq, std::int64_t state) {
    if (map_ == nullptr) return;
    if (Slot* const noted = find(queue, seq)) return noted->state.store(state, std::memory_order_release);
    for (std::size_t step = 0; step < reach; ++step) {
        Slot& one = slot(queue, seq, step);
        std::int64_t expected = free;
        if (!one.state.compare_exchange_strong(expected, taken, std::memory_order_acquire)) continue;
        one.queue.store(queue, std::memory_order_relaxed);
        one.seq.store(seq, std::memory_order_relaxed);
        return one.state.store(state, std::memory_order_release);
    }
}

void InHandler::leave(std::int64_t queue, std::int64_t seq) {
    Slot* const noted = map_ != nullptr ? find(queue, seq) : nullptr;
    if (noted != nullptr) noted->state.store(free, std::memory_order_release);
}

void InHandler::clear() {
    for (std::size_t i = 0; i < slots && map_ != nullptr; ++i) map_[i].state.store(free);
}

void InHandler::leave_all(std::int64_t queue) {
    for (const Found& one : found(queue)) leave(queue, one.seq);
}

}  // namespace flowrun::sqlite
