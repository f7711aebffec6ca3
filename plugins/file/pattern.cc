#include "pattern.hh"

#include <dirent.h>
#include <fnmatch.h>
#include <limits.h>
#include <sys/stat.h>

#include <algorithm>
#include <memory>
#include <span>
#include <utility>

namespace flowrun::file {

namespace {

constexpr std::string_view any_depth = "**";

bool is_wild(std::string_view part) { return part.find_first_of("*?[") != part.npos; }

bool fits(const std::string& part, const std::string& name) {
    return ::fnmatch(part.c_str(), name.c_str(), FNM_PERIOD) == 0;
}

// `linked`: a link to a folder is one.
bool is_folder(const std::string& path, bool linked) {
    struct stat what{};
    return (linked ? ::stat(path.c_str(), &what) : ::lstat(path.c_str(), &what)) == 0 && S_ISDIR(what.st_mode);
}

struct Entry {
    std::string name;
    bool may_be_folder;
};

std::vector<Entry> entries_of(const std::string& folder) {
    struct Close {
        void operator()(DIR* dir) const { (void)::closedir(dir); }
    };
    std::vector<Entry> found;
    const std::unique_ptr<DIR, Close> dir(::opendir(folder.empty() ? "." : folder.c_str()));
    while (const dirent* const entry = dir ? ::readdir(dir.get()) : nullptr) {
        const std::string_view name = entry->d_name;
        if (name == "." || name == "..") continue;
        found.push_back(
            {std::string(name), entry->d_type == DT_DIR || entry->d_type == DT_LNK || entry->d_type == DT_UNKNOWN});
    }
    return found;
}

bool matches_rest(std::span<const std::string> parts, std::string_view path) {
    if (parts.empty()) return false;
    const std::size_t slash = path.find('/');
    const std::string name(path.substr(0, slash));
    const bool last = slash == path.npos;
    const std::string_view rest = last ? std::string_view() : path.substr(slash + 1);
    if (parts[0] == any_depth) {
        if (parts.size() == 1) return name[0] != '.' && (last || matches_rest(parts, rest));
        return matches_rest(parts.subspan(1), path) || (!last && name[0] != '.' && matches_rest(parts, rest));
    }
    return fits(parts[0], name) && (parts.size() == 1 ? last : !last && matches_rest(parts.subspan(1), rest));
}

}  // namespace

// Through the folders, from the first that is looked into.
class Pattern::Walk {
public:
    explicit Walk(const Pattern& pattern) : deep_(pattern.deep_) { visit(pattern.fixed_, pattern.parts_); }
    std::vector<std::string> files, folders;

private:
    using Parts = std::span<const std::string>;

    void visit(const std::string& folder, Parts parts) {
        if (folder.size() >= PATH_MAX) return;
        folders.push_back(folder);
        if (parts[0] == any_depth && parts.size() > 1) visit(folder, parts.subspan(1));
        for (const Entry& entry : entries_of(folder)) {
            if (parts[0] == any_depth) below(folder + entry.name, entry, parts);
            else if (fits(parts[0], entry.name)) found(folder + entry.name, entry, parts);
        }
    }
    void below(const std::string& path, const Entry& entry, Parts parts) {
        if (entry.name[0] == '.') return;
        if (entry.may_be_folder && is_folder(path, false)) visit(path + "/", parts);
        else if (parts.size() == 1) take(path);
    }
    void found(const std::string& path, const Entry& entry, Parts parts) {
        if (parts.size() == 1) take(path);
        else if (entry.may_be_folder && is_folder(path, true)) visit(path + "/", parts.subspan(1));
    }
    void take(const std::string& path) {
        if (!deep_ || !is_folder(path, true)) files.push_back(path);
    }

    bool deep_;
};

Pattern::Pattern(std::string text) : text_(std::move(text)) {
    std::size_t begin = 0;
    for (std::size_t end = 0; end != text_.npos; begin = end + 1) {
        end = text_.find('/', begin);
        const std::string part = text_.substr(begin, end - begin);
        if (parts_.empty() && !is_wild(part)) continue;
        if (parts_.empty()) fixed_ = text_.substr(0, begin);
        if (part.empty()) continue;
        deep_ = deep_ || part == any_depth;
        parts_.push_back(part);
    }
}

std::optional<std::string> Pattern::problem(std::string_view text) {
    if (text.find('\0') != text.npos) return "'path' holds a NUL";
    for (std::size_t begin = 0, end = 0; end != text.npos; begin = end + 1) {
        end = text.find('/', begin);
        const std::string_view part = text.substr(begin, end - begin);
        if (part == any_depth || part.find(any_depth) == part.npos) continue;
        std::string meant(part);
        for (std::size_t at = 0; (at = meant.find(any_depth)) != meant.npos;) meant.erase(at, 1);
        return "'**' stands for folders, and alone between slashes: write '**/" + meant + "' for '" +
               std::string(part) + "'";
    }
    return std::nullopt;
}

bool Pattern::is_plain() const {
    struct stat ignored{};
    return parts_.empty() || ::lstat(text_.c_str(), &ignored) == 0;
}

std::vector<std::string> Pattern::paths() const {
    if (is_plain()) return {text_};
    std::vector<std::string> found = Walk(*this).files;
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
}

std::vector<std::string> Pattern::folders() const {
    if (is_plain()) return {text_.substr(0, text_.rfind('/') + 1)};
    std::vector<std::string> found = Walk(*this).folders;
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
}

bool Pattern::matches(std::string_view path) const {
    if (path == text_) return true;
    return !parts_.empty() && path.starts_with(fixed_) && matches_rest(parts_, path.substr(fixed_.size()));
}

}  // namespace flowrun::file
