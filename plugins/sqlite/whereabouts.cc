#include "whereabouts.hh"

#include <sys/stat.h>

namespace flowrun::sqlite {

Whereabouts::Whereabouts(const std::string& store)
    : store_(store), log_(store + "-wal"), store_inode_(at(store_)), log_inode_(at(log_)) {}

Whereabouts::Inode Whereabouts::at(const std::string& path) {
    struct stat about{};
    if (::stat(path.c_str(), &about) != 0) return {};
    return {about.st_dev, about.st_ino};
}

bool Whereabouts::changed() const { return at(store_) != store_inode_ || at(log_) != log_inode_; }

}  // namespace flowrun::sqlite
