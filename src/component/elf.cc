#include "component/elf.hh"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include <fmt/core.h>

namespace flowrun::component {
namespace {

class File {
public:
    explicit File(const std::string& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
    ~File() {
        if (fd_ >= 0) ::close(fd_);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    int fd() const { return fd_; }
    bool read(void* to, std::size_t size, std::uint64_t from) const {
        return ::pread(fd_, to, size, static_cast<off_t>(from)) == static_cast<ssize_t>(size);
    }

private:
    int fd_;
};

std::unexpected<Unloadable> bad(std::string text, bool passing = false) {
    return std::unexpected(Unloadable{std::move(text), passing});
}

#if defined(__x86_64__)
constexpr Elf64_Half machine = EM_X86_64;
#elif defined(__aarch64__)
constexpr Elf64_Half machine = EM_AARCH64;
#else
constexpr Elf64_Half machine = EM_NONE;  // any: the loader decides
#endif

std::expected<void, Unloadable> segments_lie_within(const File& file, const Elf64_Ehdr& header, std::uint64_t size) {
    constexpr unsigned most = 1024;
    if (header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phnum == 0 || header.e_phnum > most) {
        return bad("its program headers are damaged");
    }
    std::vector<Elf64_Phdr> segments(header.e_phnum);
    if (!file.read(segments.data(), segments.size() * sizeof(Elf64_Phdr), header.e_phoff))
        return bad("it is truncated");
    for (const Elf64_Phdr& s : segments) {
        if (s.p_filesz > size || s.p_offset > size - s.p_filesz) return bad("it is truncated");
    }
    if (header.e_shoff > size) return bad("it is truncated");
    return {};
}

}  // namespace

bool is_shortage(int error) { return error == EMFILE || error == ENFILE || error == ENOMEM || error == EAGAIN; }

std::expected<void, Unloadable> loadable(const std::string& path) {
    File file(path);
    struct stat about{};
    if (file.fd() < 0 || ::fstat(file.fd(), &about) != 0) {
        return bad(fmt::format("it cannot be read: {}", strerror(errno)), is_shortage(errno));
    }
    if (!S_ISREG(about.st_mode)) return bad("it is not a file");
    auto size = static_cast<std::uint64_t>(about.st_size);
    Elf64_Ehdr header{};
    if (size < 4 || !file.read(&header, SELFMAG, 0) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) {
        return bad("it is not a shared object");
    }
    if (!file.read(&header, sizeof header, 0)) return bad("it is truncated");
    if (header.e_ident[EI_CLASS] != ELFCLASS64 || (machine != EM_NONE && header.e_machine != machine)) {
        return bad("it was built for another kind of machine");
    }
    if (header.e_type != ET_DYN) return bad("it is not a shared object");
    return segments_lie_within(file, header, size);
}

}  // namespace flowrun::component
