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
    for (std::uint32_t i = slots; i-- > 0;) {
        const std::int64_t state = map_[i].state.load();
        const Key key{map_[i].queue.load(), map_[i].seq.load()};
        const bool sound = (state == entered || state == waiting) && used_.emplace(key, i).second;
        if (sound) continue;
        map_[i].state.store(0);
        free_.push_back(i);
    }
}

InHandler::~InHandler() {
    if (map_ != nullptr) ::munmap(map_, sizeof(Slot) * slots);
}

std::vector<InHandler::Found> InHandler::found(std::int64_t queue) const {
    const std::scoped_lock lock(mutex_);
    std::vector<Found> all;
    for (const auto& [key, slot] : used_) {
        if (key.queue == queue) all.push_back({key.seq, map_[slot].state.load() == entered});
    }
    std::ranges::sort(all, {}, &Found::seq);
    return all;
}

void InHandler::note(std::int64_t queue, std::int64_t seq, std::int64_t state) {
    const std::scoped_lock lock(mutex_);
    if (const auto at = used_.find({queue, seq}); at != used_.end()) {
        map_[at->second].state.store(state, std::memory_order_release);
        return;
    }
    if (free_.empty()) return;
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    used_.emplace(Key{queue, seq}, slot);
    map_[slot].queue.store(queue, std::memory_order_relaxed);
    map_[slot].seq.store(seq, std::memory_order_relaxed);
    map_[slot].state.store(state, std::memory_order_release);
}

void InHandler::leave(std::int64_t queue, std::int64_t seq) {
    const std::scoped_lock lock(mutex_);
    const auto at = used_.find({queue, seq});
    if (at == used_.end()) return;
    map_[at->second].state.store(0, std::memory_order_release);
    free_.push_back(at->second);
    used_.erase(at);
}

void InHandler::leave_all(std::int64_t queue) {
    for (const Found& one : found(queue)) leave(queue, one.seq);
}

}  // namespace flowrun::sqlite
