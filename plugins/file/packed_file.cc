#include "packed_file.hh"

#include <unistd.h>

#include <memory>
#include <string>
#include <string_view>

namespace flowrun::file {

const char* why_not_appendable(int fd, Compression compression) {
    constexpr std::size_t block = std::size_t{256} << 10U;
    const auto unpacker = compression == Compression::gzip ? gzip_unpacker() : zstd_unpacker();
    std::string packed(block, '\0'), text(block, '\0');
    off_t at = 0;
    for (;;) {
        const ssize_t got = ::pread(fd, packed.data(), packed.size(), at);
        if (got < 0) return "it cannot be read";
        if (got == 0) return unpacker->whole() ? nullptr : "it is cut off: it ends within its compressed data";
        at += got;
        std::string_view left(packed.data(), static_cast<std::size_t>(got));
        try {
            while (unpacker->unpack(left, text.data(), text.size()) > 0 || !left.empty()) {}
        } catch (const sdk::Failure&) { return "it is damaged, or not compressed in this way"; }
    }
}

}  // namespace flowrun::file
