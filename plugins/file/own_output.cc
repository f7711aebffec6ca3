#include "own_output.hh"

#include <flowrun/component.hh>

#include <unistd.h>

#include <map>
#include <mutex>

namespace flowrun::file {

namespace {

using Id = std::pair<dev_t, ino_t>;

struct Uses {
    std::mutex mutex;  // guards the rest
    std::map<Id, unsigned> counts[2];
};

Uses& uses() {
    static Uses all;
    return all;
}

bool is_stdin(const Id& id) {
    struct stat what{};
    return ::fstat(STDIN_FILENO, &what) == 0 && Id(what.st_dev, what.st_ino) == id;
}

}  // namespace

OwnOutput::OwnOutput(Use use, int fd, const std::string& path) : use_(use) {
    struct stat what{};
    if (::fstat(fd, &what) != 0 || !S_ISREG(what.st_mode)) return;
    id_ = {what.st_dev, what.st_ino};
    const bool appends = use == Use::appends;
    Uses& all = uses();
    const std::lock_guard lock(all.mutex);
    if (all.counts[appends ? 0 : 1].count(id_) != 0 || (appends && is_stdin(id_))) {
        throw sdk::Failure(sdk::Status::permanent,
                           path + (appends ? " is read by this flow, which would read what it appends without end"
                                           : " is appended to by this flow, which would read that without end"));
    }
    ++all.counts[appends ? 1 : 0][id_];
    held_ = true;
}

OwnOutput::~OwnOutput() {
    if (!held_) return;
    Uses& all = uses();
    const std::lock_guard lock(all.mutex);
    auto& counts = all.counts[use_ == Use::appends ? 1 : 0];
    const auto at = counts.find(id_);
    if (--at->second == 0) counts.erase(at);
}

}  // namespace flowrun::file
