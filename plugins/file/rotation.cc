#include "rotation.hh"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <string_view>

#include "formats/output.hh"
#include "trouble.hh"

namespace flowrun::file {

using namespace sdk;

namespace {

// The names of one file and those that it has had, in their folder.
class Names {
public:
    Names(const Manner& manner, const std::string& path, Compression compress)
        : values_(manner.values), path_(path), name_(name_in(path)), compress_(compress),
          folder_(manner.folder.parent(path, false)) {
        if (!folder_) fail(errno);
    }

    std::string numbered(unsigned n) const { return name_ + "." + std::to_string(n) + std::string(end_of(compress_)); }
    std::string unpacked() const { return name_ + ".1"; }
    const std::string& current() const { return name_; }

    bool has(const std::string& name) const {
        struct stat what{};
        return ::fstatat(folder_.get(), name.c_str(), &what, AT_SYMLINK_NOFOLLOW) == 0;
    }
    // One that is not there is none to move.
    void move(const std::string& from, const std::string& to) const {
        if (::renameat(folder_.get(), from.c_str(), folder_.get(), to.c_str()) != 0 && errno != ENOENT) fail(errno);
    }
    void shift(unsigned keep) const {
        for (unsigned n = keep - 1; n > 0; --n) move(numbered(n), numbered(n + 1));
    }
    // Under its own name only when it is whole; then what it was made of goes.
    void pack(const std::string& from, const std::string& to) const {
        const std::string part = "." + to + ".part";
        const Handle in(::openat(folder_.get(), from.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
        struct stat what{};
        if (!in || ::fstat(in.get(), &what) != 0) fail(errno);
        (void)::unlinkat(folder_.get(), part.c_str(), 0);
        Handle out(::openat(folder_.get(), part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
                            what.st_mode & 0777U));
        if (!out) fail(errno);
        const int error = copy(in.get(), out.get());
        if (error != 0 || ::fsync(out.get()) != 0 || !out.close()) {
            const int why = error != 0 ? error : errno;
            (void)::unlinkat(folder_.get(), part.c_str(), 0);
            fail(why);
        }
        move(part, to);
        (void)::unlinkat(folder_.get(), from.c_str(), 0);
    }

private:
    int copy(int in, int out) const {
        constexpr std::size_t block = std::size_t{256} << 10U;
        const auto packing = packer(compress_, 0);
        formats::Output packed(out);
        std::string text(block, '\0');
        for (;;) {
            const ssize_t got = ::read(in, text.data(), text.size());
            if (got < 0) return errno;
            if (got == 0) packing->finish(packed.buffer());
            else packing->pack({text.data(), static_cast<std::size_t>(got)}, packed.buffer());
            if (const int error = packed.flush(); error != 0 || got == 0) return error;
        }
    }
    [[noreturn]] void fail(int error) const { throw trouble(values_, "rotating", path_, error); }

    const flowrun_values* values_;
    const std::string& path_;
    std::string name_;
    Compression compress_;
    Handle folder_;
};

}  // namespace

bool Rotation::is_due(Target& target, std::int64_t now) const {
    if (!target.since) target.since = now;
    if (messages != 0 && target.messages_under_name() >= messages) return true;
    const auto written = static_cast<std::uint64_t>(target.size());
    if (written == 0 && target.messages_under_name() == 0) return false;
    const std::uint64_t bytes = written + (target.packs() ? 0 : target.gathered());
    return (size != 0 && bytes >= size) || (every != 0 && now - *target.since >= every);
}

std::optional<Failure> Rotation::make_room(const Manner& manner, const std::string& path) const {
    const Names names(manner, path, compress);
    const bool packs = compress != Compression::none;
    // Left by a process that was killed, or a disk that was full, before it was compressed.
    if (packs && names.has(names.unpacked())) {
        if (names.has(names.numbered(1))) names.shift(keep);
        names.pack(names.unpacked(), names.numbered(1));
    }
    names.shift(keep);
    names.move(names.current(), names.unpacked());
    if (!packs) return std::nullopt;
    try {
        names.pack(names.unpacked(), names.numbered(1));
    } catch (const Failure& failure) { return failure; }
    return std::nullopt;
}

Rotation rotation_of(Value settings, bool fixed) {
    const Value given = settings["rotate"];
    Rotation rotation;
    if (!given.is(Kind::map)) return rotation;
    rotation.size = given["size"].unsigned_integer().value_or(0);
    rotation.messages = given["messages"].unsigned_integer().value_or(0);
    rotation.every = given["every"].integer().value_or(0);
    rotation.keep = static_cast<unsigned>(given["keep"].unsigned_integer().value_or(rotation.keep));
    const std::string_view compress = given["compress"].string().value_or("none");
    if (compress == "gzip") rotation.compress = Compression::gzip;
    if (compress == "zstd") rotation.compress = Compression::zstd;
    if (!rotation) throw Failure(Status::invalid, "'rotate' says not when: give it size, every or messages");
    if (settings["mode"].string().value_or("append") != "append") {
        throw Failure(Status::invalid, "'rotate' is for files that are appended to: leave mode out");
    }
    if (!fixed) throw Failure(Status::invalid, "'rotate' needs a path that is the same for all messages");
    const std::string path(settings["path"].string().value_or(""));
    const Compression own = compression_of(settings);
    const bool packed =
        own == Compression::by_file ? compression_of_name(path) != Compression::none : own != Compression::none;
    if (packed && rotation.compress != Compression::none) {
        throw Failure(Status::invalid, "the file is compressed already: leave rotate.compress out");
    }
    return rotation;
}

}  // namespace flowrun::file
