#include "followed.hh"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

#include "trouble.hh"

namespace flowrun::file {

using namespace sdk;

Followed::Followed(Node node, const formats::Format& format, Finder::Found found, bool told)
    : node_(node), format_(format), path_(std::move(found.path)), told_(told), file_(std::move(found.file)),
      id_(found.id), watch_(found.watch), first_(found.first) {
    struct stat what{};
    if (::fstat(file_.get(), &what) != 0) throw trouble(node.values(), "opening", path_, errno);
    if (S_ISDIR(what.st_mode)) throw trouble(node.values(), "following", path_, EISDIR);
    if (!S_ISREG(what.st_mode)) {
        throw Failure(Status::permanent, "following " + path_ +
                                             ": it is no regular file; a FIFO or a device is read "
                                             "to its end without follow");
    }
    own_output_ = OwnOutput(OwnOutput::Use::reads, file_.get(), path_);
    begin(0);
}

void Followed::begin(std::uint64_t position) {
    position_ = position;
    (void)::lseek(file_.get(), static_cast<off_t>(position), SEEK_SET);
    feed_ = std::make_unique<formats::Feed>(node_.values(), format_, *this, formats::Origin{path_, position, told_});
}

void Followed::skip_to_end() {
    constexpr std::uint64_t block = 65536;
    char bytes[block];
    struct stat what{};
    if (::fstat(file_.get(), &what) != 0) return;
    for (auto end = static_cast<std::uint64_t>(what.st_size); end > 0;) {
        const std::uint64_t from = end > block ? end - block : 0;
        const ssize_t got = ::pread(file_.get(), bytes, end - from, static_cast<off_t>(from));
        if (got <= 0) break;
        const std::size_t line_end = std::string_view(bytes, static_cast<std::size_t>(got)).rfind('\n');
        if (line_end != std::string_view::npos) return begin(from + line_end + 1);
        end = from;
    }
}

formats::Source::Read Followed::read(Call call, char* to, std::size_t room) {
    if (is_error(call.stopping())) return {.what = More::stopped};
    if (!finished_ && ++blocks_ > blocks_a_turn) return {.what = More::later};
    for (;;) {
        const ssize_t got = ::read(file_.get(), to, room);
        if (got > 0) {
            position_ += static_cast<std::uint64_t>(got);
            return {.what = More::data, .size = static_cast<std::size_t>(got)};
        }
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw trouble(node_.values(), "reading", path_, errno);
        struct stat what{};
        const bool cut = ::fstat(file_.get(), &what) == 0 && static_cast<std::uint64_t>(what.st_size) < position_;
        return {.what = cut || finished_ ? More::end : More::later};
    }
}

Followed::Turn Followed::turn(Call call) {
    blocks_ = 0;
    const std::uint64_t before = position_;
    switch (feed_->run(call, node_.now() + turn_time)) {
        case More::stopped: return Turn::stopped;
        case More::end:
            node_.log(Level::info, path_ + " was cut short: reading it from its start");
            begin(0);
            return Turn::something;
        default: return position_ != before || feed_->held_up() ? Turn::something : Turn::nothing;
    }
}

void Followed::finish(Call call) {
    finished_ = true;
    (void)feed_->run(call);
}

}  // namespace flowrun::file
