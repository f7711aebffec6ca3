#include "pattern.hh"

#include <glob.h>
#include <sys/stat.h>

#include <algorithm>

namespace flowrun::file {

bool Pattern::is_plain() const {
    struct stat ignored{};
    return text_.find_first_of("*?[") == text_.npos || ::lstat(text_.c_str(), &ignored) == 0;
}

std::vector<std::string> Pattern::paths() const {
    if (is_plain()) return {text_};
    std::vector<std::string> found;
    glob_t matches{};
    if (::glob(text_.c_str(), GLOB_NOSORT, nullptr, &matches) == 0) {
        found.assign(matches.gl_pathv, matches.gl_pathv + matches.gl_pathc);
    }
    ::globfree(&matches);
    std::sort(found.begin(), found.end());
    return found;
}

std::string Pattern::folder() const {
    std::string fixed = text_;
    if (!is_plain()) fixed.resize(fixed.find_first_of("*?["));
    const std::size_t slash = fixed.rfind('/');
    if (slash == fixed.npos) return ".";
    return slash == 0 ? "/" : fixed.substr(0, slash);
}

}  // namespace flowrun::file
