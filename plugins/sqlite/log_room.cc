#include "log_room.hh"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace flowrun::sqlite {
namespace {

constexpr std::int64_t part = std::int64_t{256} << 10;
// A log is taken into its file before it is longer, unless somebody reads for long.
constexpr std::int64_t longest = std::int64_t{16} << 20;

}  // namespace

LogRoom::~LogRoom() {
    if (fd_ >= 0) ::close(fd_);
}

void LogRoom::make(int frames) {
    const std::int64_t used = 32 + frames * frame_;
    if (frames == 0 || used + part / 4 < size_ || used > longest) return;
    if (fd_ < 0) fd_ = ::open(log_.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat about{};
    if (fd_ < 0 || ::fstat(fd_, &about) != 0) return;
    static const std::string zeros(static_cast<std::size_t>(part), '\0');
    const std::int64_t end = std::max<std::int64_t>(about.st_size, used);
    size_ = end;
    if (used + part / 4 < end) return;
    const auto written = ::pwrite(fd_, zeros.data(), zeros.size(), end);
    if (written > 0) size_ += written;
}

}  // namespace flowrun::sqlite
