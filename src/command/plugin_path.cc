#include "command/plugin_path.hh"

#include <limits.h>
#include <unistd.h>

#include <cstdlib>

namespace flowrun::command {

namespace {

// Empty where /proc cannot be read.
std::string own_folder() {
    char path[PATH_MAX];
    const ssize_t size = ::readlink("/proc/self/exe", path, sizeof path);
    if (size <= 0) return {};
    std::string folder(path, static_cast<std::size_t>(size));
    for (int up = 0; up < 2; ++up) folder.resize(folder.rfind('/') == std::string::npos ? 0 : folder.rfind('/'));
    return folder + "/lib/flowrun";
}

}  // namespace

std::vector<std::string> split_path(std::string_view text) {
    std::vector<std::string> parts;
    while (!text.empty()) {
        const std::size_t colon = text.find(':');
        if (colon != 0) parts.emplace_back(text.substr(0, colon));
        text.remove_prefix(colon == std::string_view::npos ? text.size() : colon + 1);
    }
    return parts;
}

std::vector<std::string> plugin_folders(const std::vector<std::string>& given,
                                        const std::vector<std::string>& of_flow) {
    std::vector<std::string> folders = given;
    const auto add = [&folders](const std::vector<std::string>& more) {
        folders.insert(folders.end(), more.begin(), more.end());
    };
    if (const char* variable = std::getenv("FLOWRUN_PLUGIN_PATH")) add(split_path(variable));
    add(of_flow);
    if (std::string own = own_folder(); !own.empty()) folders.push_back(std::move(own));
    return folders;
}

}  // namespace flowrun::command
