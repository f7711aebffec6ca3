#include "followed.hh"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

#include "header.hh"
#include "trouble.hh"

namespace flowrun::file {

using namespace sdk;

Followed::Followed(Node node, Window& window, const formats::Format& format, Finder::Found found, bool told)
    : node_(node), window_(window), format_(format), path_(std::move(found.path)), told_(told),
      file_(std::move(found.file)), id_(found.id), watch_(found.watch), first_(found.first) {
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

void Followed::begin(std::uint64_t position, std::uint64_t line) {
    const bool behind_header = position > 0 && format_.has_header();
    std::vector<std::string> columns;
    if (behind_header && format_.csv().columns.empty()) {
        (void)::lseek(file_.get(), 0, SEEK_SET);
        columns = columns_of(file_.get(), format_.csv(), false);
        if (columns.empty()) throw Failure(Status::permanent, "reading on in " + path_ + ": its header cannot be read");
    }
    position_ = position;
    beginning_ = {};
    (void)::lseek(file_.get(), static_cast<off_t>(position), SEEK_SET);
    const formats::Origin origin{path_, position, line, told_};
    const formats::Format format = behind_header ? format_.behind_header(std::move(columns)) : format_;
    feed_ = std::make_unique<formats::Feed>(node_.values(), format, *this, window_, origin);
}

void Followed::resume(std::uint64_t offset, std::uint64_t line) { begin(offset, line); }

State::Place Followed::place() {
    const formats::Feed::Place settled = feed_->settled();
    const std::uint64_t wanted = std::min(settled.offset, Beginning::longest);
    if (beginning_.size != wanted) beginning_ = Beginning::of(file_.get(), wanted);
    return {path_, settled.offset, settled.line, beginning_};
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
