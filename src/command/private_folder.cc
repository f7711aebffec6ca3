#include "command/private_folder.hh"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>

#include <fmt/core.h>

namespace flowrun::command {
namespace {

// A machine's folder for locks where there is one that all may write into, else /tmp.
std::string machine_folder() {
    struct stat about{};
    const bool shared = ::stat("/run/lock", &about) == 0 && S_ISDIR(about.st_mode) && (about.st_mode & S_ISVTX) != 0 &&
                        ::access("/run/lock", W_OK | X_OK) == 0;
    return shared ? "/run/lock" : "/tmp";
}

std::string private_path() { return fmt::format("{}/flowrun-{}", machine_folder(), ::geteuid()); }

// Empty: there is none.
std::string session_path() {
    const char* const folder = std::getenv("XDG_RUNTIME_DIR");
    return folder == nullptr || *folder != '/' ? std::string() : std::string(folder) + "/flowrun";
}

std::optional<std::string> problem_of(const std::string& folder) {
    struct stat about{};
    if (::lstat(folder.c_str(), &about) != 0) {
        return fmt::format("cannot look at {}: {}", folder, std::strerror(errno));
    }
    if (S_ISDIR(about.st_mode) && about.st_uid == ::geteuid() && (about.st_mode & 077) == 0) return std::nullopt;
    return fmt::format(
        "{} is not a folder of this user alone (mode 0700), so its locks cannot be trusted; remove it "
        "or name a lock file with --lock=PATH",
        folder);
}

std::expected<std::string, std::string> made(const std::string& folder) {
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
        return std::unexpected(fmt::format("cannot make the folder {}: {}; name a lock file with --lock=PATH", folder,
                                           std::strerror(errno)));
    }
    if (auto problem = problem_of(folder)) return std::unexpected(std::move(*problem));
    return folder;
}

}  // namespace

std::expected<std::string, std::string> private_folder() { return made(private_path()); }

std::expected<std::string, std::string> runtime_folder() {
    const std::string session = session_path();
    if (!session.empty()) {
        if (auto folder = made(session)) return folder;
    }
    return private_folder();
}

std::vector<std::string> runtime_folders() {
    std::vector<std::string> all;
    for (const std::string& folder : {session_path(), private_path()}) {
        if (!folder.empty() && !problem_of(folder)) all.push_back(folder);
    }
    return all;
}

}  // namespace flowrun::command
