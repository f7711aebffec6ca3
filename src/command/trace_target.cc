#include "command/trace_target.hh"

#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string_view>

namespace flowrun::command {

namespace {

using value::Kind;
using value::Node;

bool is(const struct stat& file, const std::string& path) {
    struct stat other{};
    return ::stat(path.c_str(), &other) == 0 && other.st_dev == file.st_dev && other.st_ino == file.st_ino;
}

// Whether a text in a node's settings is the path of the file, or a pattern that matches it.
bool names(const Node& setting, const struct stat& file, const std::string& path) {
    if (setting.is(Kind::string)) {
        const std::string text(setting.bytes_view());
        if (text.empty() || text.find('\0') != text.npos) return false;
        return is(file, text) ||
               (text.find_first_of("*?[") != text.npos && ::fnmatch(text.c_str(), path.c_str(), 0) == 0);
    }
    if (!setting.is(Kind::list)) return false;
    for (const Node& item : value::elements(setting)) {
        if (item.is(Kind::string) && names(item, file, path)) return true;
    }
    return false;
}

}  // namespace

std::optional<std::string> trace_overwrites(const std::string& trace_to, const std::string& flow,
                                            const flow::Checked& checked) {
    struct stat file{}, input{};
    if (trace_to.empty() || ::stat(trace_to.c_str(), &file) != 0 || !S_ISREG(file.st_mode)) return std::nullopt;
    if (is(file, flow)) return "the trace would overwrite the flow";
    if (::fstat(STDIN_FILENO, &input) == 0 && input.st_dev == file.st_dev && input.st_ino == file.st_ino) {
        return "the trace would overwrite the standard input";
    }
    for (std::size_t i = 0; i < checked.nodes.size(); ++i) {
        if (!checked.nodes[i].settings || !checked.nodes[i].settings->is(Kind::map)) continue;
        for (const auto [key, setting] : value::entries(*checked.nodes[i].settings)) {
            if (!names(setting, file, trace_to)) continue;
            return "the trace would overwrite " + trace_to + ", which '" + std::string(key.bytes_view()) +
                   "' of node '" + checked.flow.nodes[i].name + "' names";
        }
    }
    return std::nullopt;
}

}  // namespace flowrun::command
