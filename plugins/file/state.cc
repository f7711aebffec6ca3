#include "state.hh"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "folder.hh"
#include "formats/output.hh"
#include "trouble.hh"

namespace flowrun::file {

using namespace sdk;

namespace {

constexpr std::size_t longest_state = std::size_t{64} << 20U;
constexpr mode_t state_mode = 0600;

std::string folder_of(const std::string& path) { return path.substr(0, path.size() - name_in(path).size()); }

std::string behind_links(const std::string& path) {
    char* const real = ::realpath(path.c_str(), nullptr);
    if (!real) return path;
    std::string found = real;
    std::free(real);
    return found;
}

bool same_file(int fd, const std::string& path) {
    struct stat mine{}, named{};
    return ::fstat(fd, &mine) == 0 && ::stat(path.c_str(), &named) == 0 && mine.st_dev == named.st_dev &&
           mine.st_ino == named.st_ino;
}

}  // namespace

Beginning Beginning::of(int fd, std::uint64_t size) {
    char bytes[longest];
    Beginning out;
    size = std::min(size, longest);
    while (out.size < size) {
        const ssize_t got = ::pread(fd, bytes + out.size, size - out.size, static_cast<off_t>(out.size));
        if (got <= 0) break;
        out.size += static_cast<std::uint64_t>(got);
    }
    for (std::uint64_t i = 0; i < out.size; ++i) {
        out.hash = (out.hash ^ static_cast<unsigned char>(bytes[i])) * 0x100000001b3U;
    }
    return out;
}

State::State(const flowrun_values* values, std::string path) : values_(values), path_(std::move(path)) {
    open();
    read();
}

void State::refuse(const std::string& why) const {
    throw Failure(Status::permanent, "the state file " + path_ + " " + why);
}

// An owner puts another file in its place, which it has locked by then: that is looked for again.
void State::open() {
    constexpr int tries = 100;
    for (int i = 0; i < tries; ++i) {
        Handle file(::open(path_.c_str(), O_RDONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, state_mode));
        if (!file) throw trouble(values_, "opening the state file", path_, errno);
        struct stat what{};
        if (::fstat(file.get(), &what) != 0 || !S_ISREG(what.st_mode)) refuse("is no regular file");
        if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
            if (errno == EWOULDBLOCK) refuse("is used by another run, or by another node of this one");
            throw trouble(values_, "locking the state file", path_, errno);
        }
        if (!same_file(file.get(), path_)) continue;
        file_ = std::move(file);
        path_ = behind_links(path_);  // a link stays a link
        return;
    }
    refuse("is used by another run");
}

bool State::is_at(const std::string& path) const { return behind_links(path) == path_; }

void State::read() {
    std::string text;
    char block[65536];
    for (ssize_t got = 0; (got = ::read(file_.get(), block, sizeof block)) != 0 && text.size() <= longest_state;) {
        if (got < 0) throw trouble(values_, "reading the state file", path_, errno);
        text.append(block, static_cast<std::size_t>(got));
    }
    if (text.empty()) return;  // it was made just now
    const std::string other = "is no state of file.read: give another path, or remove it to begin anew";
    Reader reader(values_);
    const Value state = reader.read(text);
    if (!state || state["file.read"].integer() != 1) refuse(other);
    for (Value one : state["files"].items()) {
        const auto device = one["device"].unsigned_integer(), inode = one["inode"].unsigned_integer(),
                   offset = one["offset"].unsigned_integer(), line = one["line"].unsigned_integer(),
                   size = one["beginning"].unsigned_integer(), hash = one["hash"].unsigned_integer();
        const auto path = one["path"].text();
        if (!device || !inode || !offset || !line || !size || !hash || !path || *size > Beginning::longest)
            refuse(other);
        places_[{*device, *inode}] = {std::string(*path), *offset, *line, {*size, *hash}};
    }
}

std::optional<State::Place> State::find(Id id, int fd, std::string& why) const {
    const auto found = places_.find(id);
    if (found == places_.end()) return std::nullopt;
    struct stat what{};
    const Place& place = found->second;
    if (::fstat(fd, &what) != 0 || static_cast<std::uint64_t>(what.st_size) < place.offset) {
        why = "is shorter than what was read of it";
    } else if (Beginning::of(fd, place.beginning.size) != place.beginning) {
        why = "begins otherwise than when it was read";
    } else {
        return place;
    }
    return std::nullopt;
}

void State::put(Id id, Place place) {
    Place& held = places_[id];
    if (held == place) return;
    held = std::move(place);
    changed_ = true;
}

void State::write(int fd) const {
    Builder out(values_);
    out.map().key("file.read").integer(1).key("files").list();
    for (const auto& [id, place] : places_) {
        out.map().key("path").string(place.path);
        out.key("device").unsigned_integer(id.first).key("inode").unsigned_integer(id.second);
        out.key("offset").unsigned_integer(place.offset).key("line").unsigned_integer(place.line);
        out.key("beginning").unsigned_integer(place.beginning.size).key("hash").unsigned_integer(place.beginning.hash);
        out.end();
    }
    formats::Output output(fd);
    output.buffer() = out.end().end().finish().json() + "\n";
    if (const int error = output.flush(); error != 0) throw trouble(values_, "writing the state file", path_, error);
    if (::fsync(fd) != 0) throw trouble(values_, "writing the state file", path_, errno);
}

void State::save() {
    const std::string part = folder_of(path_) + "." + name_in(path_) + ".part";
    (void)::unlink(part.c_str());  // of a process that was killed
    Handle file(::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, state_mode));
    if (!file) throw trouble(values_, "making a file beside the state file", path_, errno);
    try {
        if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) throw trouble(values_, "locking the state file", path_, errno);
        write(file.get());
        if (::rename(part.c_str(), path_.c_str()) != 0)
            throw trouble(values_, "replacing the state file", path_, errno);
    } catch (...) {
        (void)::unlink(part.c_str());
        throw;
    }
    file_ = std::move(file);
    changed_ = false;
    const std::string folder = folder_of(path_);
    const Handle synced(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (synced) (void)::fsync(synced.get());
}

Handle found_beside(const std::string& path, State::Id id) {
    const std::string folder = folder_of(path);
    const std::unique_ptr<DIR, int (*)(DIR*)> entries(::opendir(folder.empty() ? "." : folder.c_str()), ::closedir);
    if (!entries) return {};
    while (const dirent* entry = ::readdir(entries.get())) {
        if (entry->d_ino != id.second) continue;
        Handle file(
            ::openat(::dirfd(entries.get()), entry->d_name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW));
        struct stat what{};
        if (file && ::fstat(file.get(), &what) == 0 && State::Id(what.st_dev, what.st_ino) == id) return file;
    }
    return {};
}

}  // namespace flowrun::file
