#include "target.hh"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "header.hh"
#include "packed_file.hh"
#include "trouble.hh"

namespace flowrun::file {

using namespace sdk;

namespace {

// Opening a FIFO without O_NONBLOCK would wait for a reader, and no stop would end that.
constexpr int write_flags = O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY;
constexpr mode_t file_mode = 0666;

// The file behind a link: it is replaced, and the link stays.
std::string behind_links(const std::string& path) {
    char* const real = ::realpath(path.c_str(), nullptr);
    if (!real) return path;
    std::string found = real;
    std::free(real);
    return found;
}

std::string part_of(const std::string& path) {
    constexpr std::size_t longest = 200;  // of a name, whose limit is 255
    static std::atomic<unsigned> count = 0;
    const std::string name = name_in(path);
    return path.substr(0, path.size() - name.size()) + "." + name.substr(0, longest) + "." +
           std::to_string(::getpid()) + "-" + std::to_string(++count) + ".part";
}

}  // namespace

Failure Target::failed(std::string_view doing, int error) const {
    if (error == EXDEV && manner_.folder.is_root()) {
        return Failure(Status::invalid, "'" + path_ + "' leads out of 'root'");
    }
    if (error == ENOENT && !manner_.make_folders) {
        return trouble(manner_.values, doing, path_, error, ": its folder is missing (make_folders: true makes it)");
    }
    return trouble(manner_.values, doing, path_, error);
}

Target::Target(const Manner& manner, std::string path, off_t whole)
    : manner_(manner), path_(std::move(path)), known_whole_(whole) {
    compression_ = manner.compress == Compression::by_file ? compression_of_name(path_) : manner.compress;
    packer_ = packer(compression_, manner.level);
    if (manner.make_folders && !manner.folder.parent(path_, true)) throw failed("making the folder of", errno);
    place_ = manner.mode == Mode::replace && !manner.folder.is_root() ? behind_links(path_) : path_;
    // A file of one message is whole at once: the last of two stays, and that is all.
    if (!manner.whole)
        claim_ = Claim(manner.folder, place_, packer_ != nullptr || manner.mode != Mode::append || manner.alone);
    if (manner.mode == Mode::replace) open_part();
    else open_file();
}

Target::~Target() {
    if (given_up_.empty()) return;
    const Handle folder = manner_.folder.parent(given_up_, false);
    if (folder) (void)::unlinkat(folder.get(), name_in(given_up_).c_str(), 0);
}

void Target::adopt(Handle file) {
    file_ = std::move(file);
    output_ = std::make_unique<formats::Output>(file_.get());
}

void Target::open_file() {
    const bool create = manner_.mode == Mode::create;
    Handle file = manner_.folder.open(path_, write_flags | O_CREAT | (create ? O_EXCL : 0), file_mode);
    if (!file && create && errno == EEXIST) {
        throw Failure(Status::permanent, path_ + " is there already, and mode: create makes new files only");
    }
    if (!file) throw failed("opening", errno);
    adopt(std::move(file));
    if (create && manner_.whole) given_up_ = path_;
    own_output_ = OwnOutput(OwnOutput::Use::appends, file_.get(), path_);
    begin(!create);
}

void Target::open_part() {
    const Handle folder = manner_.folder.parent(place_, false);
    if (!folder) throw failed("opening", errno);
    struct stat old{};
    const bool there = ::fstatat(folder.get(), name_in(place_).c_str(), &old, AT_SYMLINK_NOFOLLOW) == 0;
    if (there && S_ISDIR(old.st_mode)) throw failed("replacing", EISDIR);
    if (there && !S_ISREG(old.st_mode) && !S_ISLNK(old.st_mode)) {
        throw Failure(Status::permanent, "replacing " + path_ + ": it is no regular file; set mode: append");
    }
    std::string part;
    constexpr int tries = 100;  // a process of our number may have left one
    for (int i = 0; !file_; ++i) {
        part = part_of(place_);
        Handle file = manner_.folder.open(part, write_flags | O_CREAT | O_EXCL | O_NOFOLLOW, file_mode);
        if (file) adopt(std::move(file));
        else if (errno != EEXIST || i == tries) throw failed("making a file beside", errno);
    }
    given_up_ = part;
    if (there && S_ISREG(old.st_mode)) {
        if (::fchown(file_.get(), old.st_uid, old.st_gid) != 0) {}  // only root gives files away
        (void)::fchmod(file_.get(), old.st_mode & 0777U);
    }
    begin(false);
}

// What the file holds decides what comes first: its columns stay, and a half line is ended.
void Target::begin(bool may_hold_something) {
    struct stat what{};
    const bool holds =
        may_hold_something && ::fstat(file_.get(), &what) == 0 && S_ISREG(what.st_mode) && what.st_size > 0;
    const Handle there = holds ? manner_.folder.open(path_, O_RDONLY) : Handle();
    fresh_ = !holds;
    if (holds && packer_ && what.st_size != known_whole_) {
        const char* const why = there ? why_not_appendable(there.get(), compression_) : "it cannot be read";
        if (why != nullptr) {
            throw Failure(Status::permanent, "appending to " + path_ + ": " + why +
                                                 "; what is appended could not be read: move it away, or set mode: "
                                                 "replace");
        }
    }
    std::vector<std::string> columns;
    if (there && manner_.format.has_header()) columns = columns_of(there.get(), manner_.format.csv(), !is_plain());
    if (const formats::Encoding& encoding = manner_.format.encoding()) {
        for (std::string& column : columns) column = encoding.decoded(column);
    }
    encoder_ = manner_.format.encoder(std::move(columns));
    if (there) end_half_line(there.get(), what.st_size);
}

void Target::end_half_line(int readable, off_t size) {
    char last = '\n';
    if (!is_plain() || manner_.format.raw() || ::pread(readable, &last, 1, size - 1) != 1 || last == '\n') return;
    output_->buffer().push_back('\n');
}

void Target::add(Value message) {
    std::string& to = packer_ ? text_ : output_->buffer();
    const std::size_t before = to.size();
    half_line_before_ = half_line_;
    if (half_line_) to.push_back('\n');
    try {
        encoder_->encode(message, to);
    } catch (...) {
        to.resize(before);
        encoder_->forget();
        throw;
    }
    half_line_ = false;
    ++messages_;
    ++all_messages_;
}

void Target::take_back(std::size_t size) {
    if (!is_plain()) return;  // it is packed with others
    std::string& left = output_->buffer();
    const std::size_t unwritten = std::min(size, left.size());
    left.resize(left.size() - unwritten);
    half_line_ = half_line_before_;
    if (unwritten < size && !cut_back(size - unwritten)) half_line_ = !manner_.format.raw();
    encoder_->forget();
    --messages_;
    --all_messages_;
}

// Takes away what was written last, where nobody else has written since, or could be writing.
bool Target::cut_back(std::size_t size) {
    struct stat what{};
    const off_t end = ::lseek(file_.get(), 0, SEEK_CUR);
    if (::fstat(file_.get(), &what) != 0 || !S_ISREG(what.st_mode) || what.st_size != end) return false;
    return !claim_.is_shared() && ::ftruncate(file_.get(), end - static_cast<off_t>(size)) == 0;
}

int Target::flush() {
    if (is_plain() && is_removed()) {
        if (const int error = take_name_again(); error != 0) return error;
    }
    if (gathered() > 0) fresh_ = false;
    if (packer_ && !text_.empty()) {
        packer_->pack(text_, output_->buffer());
        if (manner_.each) packer_->flush(output_->buffer());
        text_.clear();
    }
    const int error = output_->flush();
    failing_ = error != 0 && error != EAGAIN;
    if (error == 0) messages_ = 0;
    return error;
}

void Target::end() {
    encoder_->end(packer_ ? text_ : output_->buffer());
    end_part();
}

void Target::end_part() {
    if (!packer_) return;
    packer_->pack(text_, output_->buffer());
    text_.clear();
    packer_->finish(output_->buffer());
}

int Target::suspend() {
    output_.reset();
    own_output_ = {};
    return file_.close() ? 0 : errno;
}

void Target::resume() {
    const std::string& path = manner_.mode == Mode::replace ? given_up_ : path_;
    Handle file = manner_.folder.open(path, write_flags | (manner_.mode == Mode::replace ? O_NOFOLLOW : 0));
    if (!file) throw failed("opening again", errno);
    if (manner_.mode != Mode::replace) own_output_ = OwnOutput(OwnOutput::Use::appends, file.get(), path_);
    adopt(std::move(file));
}

off_t Target::size() const {
    struct stat what{};
    return ::fstat(file_.get(), &what) == 0 ? what.st_size : 0;
}

bool Target::is_removed() const {
    struct stat what{};
    return manner_.mode == Mode::append && file_ && ::fstat(file_.get(), &what) == 0 && S_ISREG(what.st_mode) &&
           what.st_nlink == 0;
}

bool Target::has_lost_its_name() const {
    struct stat mine{}, named{};
    if (manner_.mode != Mode::append || !file_ || ::fstat(file_.get(), &mine) != 0 || !S_ISREG(mine.st_mode)) {
        return false;
    }
    const Handle there = manner_.folder.open(path_, O_PATH);
    if (!there) return errno == ENOENT;
    return ::fstat(there.get(), &named) == 0 && (named.st_dev != mine.st_dev || named.st_ino != mine.st_ino);
}

int Target::take_name_again() {
    if (manner_.make_folders) (void)manner_.folder.parent(path_, true);
    Handle file = manner_.folder.open(path_, write_flags | O_CREAT, file_mode);
    if (!file) return errno;
    OwnOutput own_output;
    try {
        own_output = OwnOutput(OwnOutput::Use::appends, file.get(), path_);
    } catch (const Failure&) { return EDEADLK; }
    struct stat what{};
    const bool empty = ::fstat(file.get(), &what) == 0 && what.st_size == 0;
    std::string gathered = std::move(output_->buffer());
    adopt(std::move(file));
    own_output_ = std::move(own_output);
    std::string& to = packer_ ? text_ : output_->buffer();
    if (!empty) {
        const Handle there = manner_.folder.open(path_, O_RDONLY);
        if (there) end_half_line(there.get(), what.st_size);
    } else if (!fresh_) {
        encoder_->begin_again(to);
    }
    fresh_ = fresh_ && empty;
    to.append(gathered);
    messages_before_ = all_messages_;
    since.reset();
    return 0;
}

void Target::close() {
    if (manner_.mode == Mode::replace) {
        if (!file_) resume();
        if (::fsync(file_.get()) != 0) throw failed("writing", errno);
    }
    output_.reset();
    own_output_ = {};
    if (file_ && !file_.close()) throw failed("writing", errno);
    finished_ = true;
    if (manner_.mode != Mode::replace) given_up_.clear();
}

void Target::commit() {
    if (manner_.mode != Mode::replace) return;
    if (!take_name()) throw failed("replacing", errno);
    given_up_.clear();
}

bool Target::take_name() {
    const Handle folder = manner_.folder.parent(place_, false);
    if (!folder || ::renameat(folder.get(), name_in(given_up_).c_str(), folder.get(), name_in(place_).c_str()) != 0) {
        return false;
    }
    // The new name is on the disk, too. A file system that cannot say so is no reason to fail.
    const Handle synced(::openat(folder.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (synced) (void)::fsync(synced.get());
    return true;
}

Failure Target::failure(int error, std::string_view which) const {
    std::string missing;
    if (messages_ > 0) {
        missing = "; not written: up to " + std::to_string(messages_) + (messages_ == 1 ? " message " : " messages ");
        missing += which;
    }
    if (error == ECANCELED) {
        return Failure(Status::cancelled, "the run ended before " + path_ + " could take more" + missing);
    }
    return trouble(manner_.values, "writing", path_, error, missing);
}

}  // namespace flowrun::file
