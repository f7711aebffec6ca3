#include "write_settings.hh"

#include <cstring>
#include <system_error>

#include "compression.hh"
#include "folder.hh"

namespace flowrun::file {

using namespace sdk;

namespace {

formats::Format format_of(Value settings) {
    const bool alone = settings["per"].string() == "message" && settings["format"].string() == "json";
    return formats::Format(settings, alone ? "ndjson" : "");
}

Mode mode_of(Value settings) {
    const std::string_view mode = settings["mode"].string().value_or("append");
    return mode == "replace" ? Mode::replace : mode == "create" ? Mode::create : Mode::append;
}

Folder folder_of(Value settings) {
    const auto root = settings["root"].string();
    if (!root) return {};
    try {
        return Folder(std::string(*root));
    } catch (const std::system_error& error) {
        throw Failure(Status::unavailable,
                      "opening the root " + std::string(*root) + ": " + std::strerror(error.code().value()));
    }
}

void refuse_level(Value settings, const std::optional<std::string>& fixed) {
    constexpr std::int64_t most_of_gzip = 9;
    const Compression compress = compression_of(settings);
    const bool zstd = compress == Compression::zstd ||
                      (compress == Compression::by_file && fixed && compression_of_name(*fixed) == Compression::zstd);
    if (settings["level"].integer().value_or(0) > most_of_gzip && !zstd) {
        throw Failure(Status::invalid, "'level' of gzip is 1 to 9");
    }
}

}  // namespace

void refuse_unusable(Value settings, const std::optional<std::string>& fixed) {
    const formats::Format format = format_of(settings);
    const bool appends = mode_of(settings) == Mode::append;
    if (appends && format.encoding() && format.encoding().unit() > 1) {
        throw Failure(Status::invalid, "text in " + format.encoding().name + " is not appended to: set mode: replace");
    }
    if (appends && settings["per"].string() == "message") {
        throw Failure(Status::invalid, "per: message makes a file of each message: set mode: replace or create");
    }
    if (appends && settings["format"].string() == "json") {
        throw Failure(Status::invalid,
                      "format: json is one list and cannot be appended to: use ndjson, or mode: replace");
    }
    refuse_level(settings, fixed);
    const bool rooted = settings["root"].string().has_value();
    if (!rooted && !fixed) {
        throw Failure(Status::invalid, "'path' depends on the message: set 'root', the folder that no path may leave");
    }
    if (fixed) check_path(*fixed, rooted);
}

void check_path(std::string_view path, bool rooted) {
    const std::string name = name_in(std::string(path));
    if (name.empty() || name == "." || name == "..") {
        throw Failure(Status::invalid, "'" + std::string(path) + "' is no name of a file");
    }
    if (path.find('\0') != path.npos) throw Failure(Status::invalid, "'path' holds a NUL");
    if (rooted && path.front() == '/') {
        throw Failure(Status::invalid, "'" + std::string(path) + "' is absolute; paths are meant from 'root'");
    }
}

Manner manner_of(const flowrun_values* values, Value settings) {
    Manner manner{.values = values, .format = format_of(settings)};
    manner.mode = mode_of(settings);
    manner.compress = compression_of(settings);
    manner.level = static_cast<int>(settings["level"].integer().value_or(0));
    manner.make_folders = settings["make_folders"].boolean().value_or(false);
    manner.each = settings["flush"].string() == "each";
    manner.whole = settings["per"].string() == "message";
    manner.folder = folder_of(settings);
    return manner;
}

}  // namespace flowrun::file
