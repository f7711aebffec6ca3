#include "copy.hh"

#include <sys/stat.h>
#include <unistd.h>

#include <flowrun/component_table.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "trouble.hh"

namespace flowrun::sqlite {

Copy::Copy(const std::string& store) {
    std::error_code error;
    std::string folder = (std::filesystem::temp_directory_path(error) / "flowrun-store-XXXXXX").string();
    if (::mkdtemp(folder.data()) == nullptr) {
        throw Trouble{FLOWRUN_E_UNAVAILABLE, store + " has a log, and cannot be read where it is: cannot make " +
                                                 folder + ": " + std::strerror(errno)};
    }
    folder_ = folder;
    for (const char* const end : {"", "-wal"}) {
        if (std::filesystem::copy_file(store + end, path() + end, error)) continue;
        std::filesystem::remove_all(folder_);
        throw Trouble{FLOWRUN_E_UNAVAILABLE, store + " has a log, and cannot be read where it is, nor copied to " +
                                                 folder + ": " + error.message()};
    }
}

Copy::~Copy() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

bool has_bytes(const std::string& path) {
    struct stat about{};
    return ::stat(path.c_str(), &about) == 0 && about.st_size > 0;
}

std::string immutable_url(const std::string& path) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string url = "file:";
    for (const char c : path) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '%' || c == '?' || c == '#') {
            url += {'%', digits[byte >> 4], digits[byte & 15]};
        } else {
            url += c;
        }
    }
    return url + "?immutable=1";
}

}  // namespace flowrun::sqlite
