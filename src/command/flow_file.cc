#include "command/flow_file.hh"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/secrets.hh"
#include "command/plugin_path.hh"
#include "engine/host/host.hh"
#include "flow/read.hh"

namespace flowrun::command {

namespace {

class File {
public:
    explicit File(const std::string& path)
        : descriptor_(path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC)), owned_(path != "-") {}
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File() {
        if (owned_ && descriptor_ >= 0) ::close(descriptor_);
    }
    int descriptor() const { return descriptor_; }

private:
    int descriptor_;
    bool owned_;
};

}  // namespace

std::expected<std::string, std::string> text_of(const std::string& path) {
    const auto failed = [&path](const char* what) {
        return std::unexpected(std::string(what) + " " + (path == "-" ? "standard input" : path) + ": " +
                               std::strerror(errno));
    };
    const File file(path);
    if (file.descriptor() < 0) return failed("cannot open");
    std::string text;
    char buffer[16 << 10];
    // One byte more than a flow may have is enough to see that it is too long.
    while (text.size() <= flow::max_bytes) {
        const ssize_t size = ::read(file.descriptor(), buffer, sizeof buffer);
        if (size == 0) break;
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) return failed("cannot read");
        text.append(buffer, static_cast<std::size_t>(size));
    }
    return text;
}

std::vector<std::string> plugin_path_of(const Words& words) {
    std::vector<std::string> folders;
    for (const Words::Given& given : words.options) {
        if (given.option->name != plugin_path_option.name) continue;
        for (std::string& folder : split_path(given.value)) folders.push_back(std::move(folder));
    }
    return folders;
}

std::expected<flow::Selection, std::string> selection_of(const Words& words) {
    flow::Selection selection;
    selection.leave = words.has(leave_option.name);
    for (const Words::Given& given : words.options) {
        if (given.option->name != only_option.name) continue;
        std::string_view rest = given.value;
        for (bool more = true; more;) {
            const std::size_t comma = rest.find(',');
            more = comma != std::string_view::npos;
            const std::string_view name = rest.substr(0, comma);
            if (name.empty())
                return std::unexpected("--only=" + given.value + ": name nodes, as --only=orders,invoice");
            selection.only.emplace_back(name);
            if (more) rest.remove_prefix(comma + 1);
        }
    }
    return selection;
}

std::optional<std::string> missing_plugin_folder(const Words& words) {
    for (const std::string& folder : plugin_path_of(words)) {
        struct stat what{};
        if (::stat(folder.c_str(), &what) != 0) return "--plugin-path=" + folder + ": " + std::strerror(errno);
        if (!S_ISDIR(what.st_mode)) return "--plugin-path=" + folder + ": not a folder";
    }
    return std::nullopt;
}

// Issues without a place come of the command line, but for a file that is too long to have any.
Exit exit_of(const FlowFile& file) {
    if (file.checked.ok()) return Exit::ok;
    const Exit placeless = file.source.text().size() > flow::max_bytes ? Exit::flow : Exit::usage;
    Exit exit = Exit::ok;
    for (const flow::Issue& issue : file.checked.issues.all()) {
        if (issue.severity != flow::Severity::error) continue;
        exit = graver(exit, issue.passing ? Exit::unavailable : issue.place.line != 0 ? Exit::flow : placeless);
    }
    return exit;
}

std::expected<FlowFile, std::string> load(const std::string& path, const flow::Arguments& arguments,
                                          const std::vector<std::string>& plugin_path,
                                          const flow::CheckOptions& given) {
    auto text = text_of(path);
    if (!text) return std::unexpected(std::move(text.error()));
    flow::Source source(path, std::move(*text));
    flow::Reading reading = flow::read(source);
    auto catalog =
        std::make_unique<component::Catalog>(plugin_folders(plugin_path, reading.flow.plugins), engine::host());
    flow::Checked checked = flow::check(std::move(reading), source, *catalog, arguments, given);
    for (const flow::ParamValue& param : checked.constants.params) {
        if (param.type != flow::ParamType::secret || !param.value) continue;
        if (const auto secret = param.value->as_string()) Secrets::of_process().add(*secret);
    }
    return FlowFile{std::move(source), std::move(catalog), std::move(checked)};
}

}  // namespace flowrun::command
