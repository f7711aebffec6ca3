#include "component/trust.hh"

#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <deque>
#include <string_view>
#include <utility>

#include <fmt/core.h>

namespace flowrun::component {
namespace {

using Judged = std::expected<void, Distrust>;

constexpr const char* own_copy = "let it belong to you or to root, or use a copy of your own";

std::string link_target(const std::string& path) {
    char target[PATH_MAX];
    const ssize_t size = ::readlink(path.c_str(), target, sizeof target);
    return size <= 0 ? std::string() : std::string(target, static_cast<std::size_t>(size));
}

class Walk {
public:
    Walk(std::string path, const Program& program) : file_(std::move(path)), program_(program) {}

    Judged judge() {
        std::string start;
        if (!file_.starts_with('/')) {
            char folder[PATH_MAX];
            if (::getcwd(folder, sizeof folder) == nullptr) return unreadable(".");
            start = std::string(folder) + "/";
        }
        put_first(start + file_);
        struct stat root{};
        if (::lstat("/", &root) != 0) return unreadable("/");
        if (auto judged = enter("/", root); !judged) return judged;
        while (!rest_.empty()) {
            const std::string name = std::move(rest_.front());
            rest_.pop_front();
            if (auto judged = step(name); !judged) return judged;
        }
        return {};
    }

private:
    void put_first(std::string_view path) {
        std::deque<std::string> parts;
        while (!path.empty()) {
            const std::size_t slash = path.find('/');
            if (slash != 0) parts.emplace_back(path.substr(0, slash));
            path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
        }
        rest_.insert(rest_.begin(), parts.begin(), parts.end());
    }

    Judged step(const std::string& name) {
        if (name == ".") return {};
        if (name == "..") {
            at_.resize(at_.rfind('/') == std::string::npos ? 0 : at_.rfind('/'));
            shared_ = true;  // not judged anew: the stricter rule for links holds
            return {};
        }
        const std::string next = at_ + "/" + name;
        struct stat about{};
        if (::lstat(next.c_str(), &about) != 0) return unreadable(next);
        return S_ISLNK(about.st_mode) ? follow(next, about) : enter(next, about);
    }

    // What a link says cannot be changed; it can only be put in another's place by who may write its folder.
    Judged follow(const std::string& link, const struct stat& about) {
        constexpr int most = 40;
        if (++links_ > most) return distrust("its path has too many links", "name the file without them");
        if (shared_ && !is_ours(about.st_uid)) {
            return distrust(fmt::format("the link {} belongs to another user", link), "name a path without it");
        }
        const std::string target = link_target(link);
        if (target.empty()) return unreadable(link);
        if (target.starts_with('/')) at_.clear();
        put_first(target);
        return {};
    }

    Judged enter(const std::string& path, const struct stat& about) {
        at_ = path == "/" ? "" : path;
        const bool folder = S_ISDIR(about.st_mode);
        shared_ = folder && (about.st_mode & S_ISVTX) != 0;
        if (folder && program_.is_below(path)) return {};
        const std::string it = folder ? "the folder " + path : "it";
        const std::string named = folder ? path : file_;
        if (!is_ours(about.st_uid)) {
            return distrust(fmt::format("{} belongs to another user", it),
                            folder ? fmt::format("let {} belong to you or to root", path) : own_copy);
        }
        if (shared_) return {};
        if ((about.st_mode & S_IWOTH) != 0) {
            return distrust(fmt::format("others can write {}", it), fmt::format("chmod go-w {}", named));
        }
        if ((about.st_mode & S_IWGRP) != 0 && program_.writing_group != about.st_gid) {
            return distrust(fmt::format("its group can write {}", it), fmt::format("chmod g-w {}", named));
        }
        return {};
    }

    bool is_ours(uid_t owner) const { return owner == 0 || owner == ::geteuid() || owner == program_.owner; }

    static Judged distrust(std::string what, std::string remedy) {
        return std::unexpected(Distrust{std::move(what), std::move(remedy)});
    }
    static Judged unreadable(const std::string& path) {
        return distrust(fmt::format("{} cannot be read: {}", path, strerror(errno)), {});
    }

    const std::string file_;
    const Program& program_;
    std::string at_;       // the folder that has been entered, without a slash at its end
    bool shared_ = false;  // others may make entries in it, and change their own alone
    std::deque<std::string> rest_;
    int links_ = 0;
};

}  // namespace

Program Program::of_process() {
    Program program;
    program.path = link_target("/proc/self/exe");
    struct stat about{};
    if (program.path.empty() || ::stat("/proc/self/exe", &about) != 0) return program;
    program.owner = about.st_uid;
    if ((about.st_mode & S_IWGRP) != 0) program.writing_group = about.st_gid;
    return program;
}

bool Program::is_below(const std::string& folder) const {
    return path.starts_with(folder == "/" ? folder : folder + "/");
}

std::expected<void, Distrust> trusted(const std::string& path, const Program& program) {
    return Walk(path, program).judge();
}

}  // namespace flowrun::component
