#include "location.hh"

#include <sys/stat.h>
#include <sys/vfs.h>

#include <flowrun/component_table.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "trouble.hh"

namespace flowrun::sqlite {
namespace {

// statfs(2), f_type.
bool is_of_the_network(const std::string& folder) {
    struct statfs about{};
    if (::statfs(folder.c_str(), &about) != 0) return false;
    switch (static_cast<unsigned long>(about.f_type)) {
        case 0x6969:      // NFS
        case 0xff534d42:  // CIFS
        case 0xfe534d42:  // SMB2
        case 0x517b:      // SMB
        case 0x564c:      // NCP
        case 0x5346414f:  // AFS
        case 0x73757245:  // Coda
        case 0x01021997:  // 9p
        case 0x00c36400:  // Ceph
        case 0x0bd00bd0:  // Lustre
            return true;
        default: return false;
    }
}

}  // namespace

std::string path_of(std::string_view url) {
    constexpr std::string_view scheme = "sqlite:";
    if (!url.starts_with(scheme)) throw Trouble{FLOWRUN_E_INVALID, "not a URL of SQLite: " + std::string(url)};
    std::string_view path = url.substr(scheme.size());
    if (path.starts_with("//")) path.remove_prefix(2);
    if (path.empty()) throw Trouble{FLOWRUN_E_INVALID, "the URL names no file: write sqlite:state/name.db"};
    if (path == ":memory:" || path.starts_with("file:")) {
        throw Trouble{FLOWRUN_E_INVALID, "the URL must name a file, as sqlite:state/name.db does"};
    }
    if (path.find('\0') != std::string_view::npos) throw Trouble{FLOWRUN_E_INVALID, "the file's name holds a NUL"};
    if (path.ends_with('/')) throw Trouble{FLOWRUN_E_INVALID, "the URL names a folder: write a file's name behind it"};
    return std::string(path);
}

void must_be_regular(const std::string& path) {
    struct stat about{};
    if (::stat(path.c_str(), &about) != 0) return;
    // Which SQLite takes for a new one.
    constexpr std::int64_t least = 512;
    if (S_ISREG(about.st_mode) && about.st_size > 0 && about.st_size < least) {
        throw Trouble{FLOWRUN_E_INVALID, path + " is no store: it has " + std::to_string(about.st_size) +
                                             " bytes, less than any database has"};
    }
    if (S_ISREG(about.st_mode)) return;
    throw Trouble{FLOWRUN_E_INVALID, path + " is " + (S_ISDIR(about.st_mode) ? "a folder" : "no regular file")};
}

void must_exist(const std::string& path) {
    struct stat about{};
    if (::stat(path.c_str(), &about) != 0) {
        if (errno == ENOENT) throw Trouble{FLOWRUN_E_INVALID, "there is no store " + path};
        throw Trouble{FLOWRUN_E_UNAVAILABLE, "cannot look at " + path + ": " + std::strerror(errno)};
    }
    must_be_regular(path);
}

std::string whole_path(const std::string& path) {
    const std::unique_ptr<char, void (*)(void*)> real(::realpath(path.c_str(), nullptr), std::free);
    return real ? std::string(real.get()) : path;
}

std::string folder_of(const std::string& path) {
    const std::size_t last = path.rfind('/');
    return last == std::string::npos ? "." : last == 0 ? "/" : path.substr(0, last);
}

void prepare_folder(const std::string& path) {
    for (std::size_t at = path.find('/', 1); at != std::string::npos; at = path.find('/', at + 1)) {
        const std::string folder = path.substr(0, at);
        if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
            throw Trouble{FLOWRUN_E_UNAVAILABLE, "cannot make the folder " + folder + ": " + std::strerror(errno)};
        }
    }
    const std::string folder = folder_of(path);
    if (is_of_the_network(folder)) {
        throw Trouble{FLOWRUN_E_INVALID, folder +
                                             " is on a network file system, whose locks do not protect a queue: "
                                             "use a local disk"};
    }
}

}  // namespace flowrun::sqlite
