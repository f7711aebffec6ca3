// file.write: a sink that writes messages to files.

#include <flowrun/component.hh>

#include <cerrno>
#include <cstring>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "components.hh"
#include "compression.hh"
#include "folder.hh"
#include "formats/format.hh"
#include "formats/kind.hh"
#include "target.hh"
#include "targets.hh"

namespace flowrun::file {
namespace {

using namespace sdk;

class FileWrite {
public:
    static constexpr Description description = {
        .id = "file.write",
        .summary = "Writes messages to files",
        .doc =
            "ndjson: one JSON text a line, as it was read where nobody changed it. json: one list of all "
            "messages. "
            "lines: strings and bytes as they are, others as JSON, each with a line end. csv: the first map names "
            "the "
            "columns, or the header of the file that is appended to. raw: as lines, without line ends.\n"
            "The path may depend on the message. Then 'root' must say which folder no path may leave, neither by "
            ".. "
            "nor by a link; paths are meant from there. Otherwise a relative path is meant from the folder in "
            "which "
            "the program was started.\n"
            "mode: append writes behind what is there. create makes new files and fails where there is one. "
            "replace "
            "writes beside the file and puts the whole in its place when the run has ended and was drained (an "
            "interrupted run that was drained has ended, too); until then, and when it does not come to that, the "
            "file is as it was. A fixed path is opened before the first message, and replaced or made even when "
            "there is none.\n"
            "per: message makes a file of each message, which is whole, on the disk and in its place when the "
            "message "
            "is done; json then writes the message alone.\n"
            "Output is gathered; with flush: auto nothing waits longer than a twentieth of a second, but for "
            "compressed files, which are written when there is much. Several nodes or instances can write one file "
            "only where all append to it "
            "uncompressed. A compressed file that is torn is not mended: what is appended to it cannot be read. A "
            "process that is killed leaves what was to replace a file beside it, as .NAME.….part. A message counts as "
            "done when it is "
            "gathered, "
            "so that what cannot be written later is an error of the next message, or of the end.",
        .settings = R"({"type": "object", "required": ["path"], "properties": {
            "path": {"type": "string", "minLength": 1, "x-message": true, "description": "The file"},
            "root": {"type": "string", "minLength": 1, "description": "The folder that no path may leave"},
            "mode": {"type": "string", "enum": ["append", "replace", "create"], "default": "append",
                     "description": "What becomes of a file that is there: more, another, or an error"},
            "per": {"type": "string", "enum": ["run", "message"], "default": "run",
                    "description": "Whose output a file is: that of the run for this path, or of one message"},
            "format": {"type": "string", "enum": ["ndjson", "json", "lines", "csv", "raw"], "default": "ndjson",
                       "description": "How messages are written"},
            "header": {"type": "boolean", "default": true, "description": "csv: begin with the columns' names"},
            "delimiter": {"type": "string", "default": ",", "minLength": 1, "maxLength": 1,
                          "description": "csv: what stands between fields"},
            "compress": {"type": "string", "enum": ["auto", "gzip", "zstd", "none"], "default": "auto",
                         "description": "auto: gzip for .gz, zstd for .zst, else none"},
            "level": {"type": "integer", "minimum": 1, "maximum": 19,
                      "description": "How hard to compress: gzip 1 to 9, by default 6; zstd 1 to 19, by default 3"},
            "flush": {"type": "string", "enum": ["auto", "each", "end"], "default": "auto",
                      "description": "When output is written: soon, after each message, or when there is much of it"},
            "make_folders": {"type": "boolean", "default": false, "description": "Make folders that are missing"},
            "max_open": {"type": "integer", "default": 64, "minimum": 1, "maximum": 4096,
                         "description": "The most files open at once, where the path depends on the message"}
        }})",
        .ports = R"({"in": {"in": "Messages"}})",
    };

    FileWrite(Node node, Value settings)
        : node_(node), manner_{.values = node.values(), .format = format_of(settings)},
          targets_(manner_, settings["max_open"].unsigned_integer().value_or(64)) {
        if (const auto path = settings["path"].string()) fixed_.emplace(*path);
        refuse_unusable(settings, fixed_);
        set_manner(settings);
        set_root(settings);
        const std::string_view when = settings["flush"].string().value_or("auto");
        manner_.each = when == "each";
        soon_ = when == "auto";
    }

    // The path is as it was written: with ${…} it depends on the message.
    static std::optional<Mistake> check(const flowrun_host*, Value settings) {
        std::optional<std::string> fixed;
        const std::string_view path = settings["path"].string().value_or("");
        if (path.find("${") == path.npos) fixed.emplace(path);
        (void)format_of(settings);
        refuse_unusable(settings, fixed);
        return std::nullopt;
    }

    // What is wrong with a fixed path is told before anything runs.
    Status start() {
        if (!fixed_ || manner_.whole) return Status::ok;
        try {
            (void)targets_.at(*fixed_);
            return Status::ok;
        } catch (const Failure& failure) {
            node_.host()->refuse(node_.raw(), failure.what(), std::strlen(failure.what()));
            return failure.code();
        }
    }

    Status handle(Call call, std::uint32_t, Value message) {
        bool arm = false;
        {
            const std::lock_guard lock(mutex_);
            const auto path = path_of(call);
            if (!path) return call.setting_status();
            if (manner_.whole) {
                write_whole(call, *path, message);
            } else {
                Target& target = open(call, *path);
                take(call, target, message);
                arm = soon_ && !armed_ && flushes_soon(target);
                armed_ = armed_ || arm;
            }
        }
        // The host is never called with the mutex held: it may let other threads run before it returns.
        if (arm) node_.timer(idle_time, &FileWrite::idle, this);
        return Status::ok;
    }

    Status end(Call call) {
        const std::lock_guard lock(mutex_);
        std::optional<Failure> first;
        std::uint64_t failed = 0;
        for (auto& [name, target] : targets_.all()) {
            try {
                finish(call, target);
            } catch (const Failure& failure) {
                if (failed++ == 0) first = failure;
            }
        }
        if (!first) return Status::ok;
        if (failed == 1) return call.fail(*first);
        const std::string others = std::to_string(failed - 1) + (failed == 2 ? " other file" : " other files");
        return call.fail(Failure(first->code(), first->what() + ("; and " + others + " could not be finished")));
    }

private:
    static constexpr std::uint32_t path_setting = 0;
    static constexpr std::size_t much = std::size_t{64} << 10U;
    static constexpr std::int64_t idle_time = 50'000'000;  // nanoseconds

    static formats::Format format_of(Value settings) {
        const bool alone = settings["per"].string() == "message" && settings["format"].string() == "json";
        return formats::Format(settings, alone ? "ndjson" : "");
    }

    static Mode mode_of(Value settings) {
        const std::string_view mode = settings["mode"].string().value_or("append");
        return mode == "replace" ? Mode::replace : mode == "create" ? Mode::create : Mode::append;
    }

    // Settings that do not go together.
    static void refuse_unusable(Value settings, const std::optional<std::string>& fixed) {
        const bool appends = mode_of(settings) == Mode::append;
        if (appends && settings["per"].string() == "message") {
            throw Failure(Status::invalid, "per: message makes a file of each message: set mode: replace or create");
        }
        if (appends && settings["format"].string() == "json") {
            throw Failure(Status::invalid,
                          "format: json is one list and cannot be appended to: use ndjson, or mode: replace");
        }
        constexpr std::int64_t most_of_gzip = 9;
        const Compression compress = compression_of(settings);
        const bool zstd = compress == Compression::zstd || (compress == Compression::by_file && fixed &&
                                                            compression_of_name(*fixed) == Compression::zstd);
        if (settings["level"].integer().value_or(0) > most_of_gzip && !zstd) {
            throw Failure(Status::invalid, "'level' of gzip is 1 to 9");
        }
        const bool rooted = settings["root"].string().has_value();
        if (!rooted && !fixed) {
            throw Failure(Status::invalid,
                          "'path' depends on the message: set 'root', the folder that no path may leave");
        }
        if (fixed) check_path(*fixed, rooted);
    }

    void set_manner(Value settings) {
        manner_.mode = mode_of(settings);
        manner_.compress = compression_of(settings);
        manner_.level = static_cast<int>(settings["level"].integer().value_or(0));
        manner_.make_folders = settings["make_folders"].boolean().value_or(false);
        manner_.whole = settings["per"].string() == "message";
    }

    void set_root(Value settings) {
        const auto root = settings["root"].string();
        if (!root) return;
        try {
            manner_.folder = Folder(std::string(*root));
        } catch (const std::system_error& error) {
            throw Failure(Status::unavailable,
                          "opening the root " + std::string(*root) + ": " + std::strerror(error.code().value()));
        }
    }

    // Nothing: it could not be evaluated, and Call::setting_status says so.
    std::optional<std::string> path_of(Call call) const {
        if (fixed_) return fixed_;
        const Value given = call.setting(path_setting);
        if (!given && is_error(call.setting_status())) return std::nullopt;
        const auto path = given.string();
        if (!path) {
            throw Failure(Status::invalid,
                          std::string("'path' gave ") + formats::name_of(given.kind()) + ", not a string");
        }
        check_path(*path, manner_.folder.is_root());
        return std::string(*path);
    }

    static void check_path(const std::string_view path, bool rooted) {
        const std::string name = name_in(std::string(path));
        if (name.empty() || name == "." || name == "..") {
            throw Failure(Status::invalid, "'" + std::string(path) + "' is no name of a file");
        }
        if (path.find('\0') != path.npos) throw Failure(Status::invalid, "'path' holds a NUL");
        if (rooted && path.front() == '/') {
            throw Failure(Status::invalid, "'" + std::string(path) + "' is absolute; paths are meant from 'root'");
        }
    }

    // The file of this path; where too many are open another is closed for it.
    Target& open(Call call, const std::string& path) {
        if (Target* const other = targets_.in_the_way(path)) {
            other->end_part();
            if (const int error = write_out(call, *other); error != 0) throw other->failure(error, "before it");
            const std::string name = other->path();
            if (targets_.put_away() != 0) throw Failure(Status::failed, "closing " + name + " failed");
        }
        return targets_.at(path);
    }

    // Where the last write failed nothing is taken until one succeeds, so that no message counts as done that may never
    // be.
    void take(Call call, Target& target, Value message) {
        if (target.gathered() >= much || target.failing()) {
            if (const int error = write_out(call, target); error != 0) throw target.failure(error, "before it");
        }
        const std::size_t before = target.gathered();
        target.add(message);
        if (!manner_.each) return;
        const std::size_t size = target.gathered() - before;
        if (const int error = write_out(call, target); error != 0) {
            // Where a part of it has been written the rest follows before the next, which fails until that is done: it is
            // as one that was gathered. A failure here and what is written there would be the same message twice.
            if (target.take_back(size) || error == ECANCELED) throw target.failure(error, "before it");
        }
    }

    void write_whole(Call call, const std::string& path, Value message) {
        Target target(manner_, path);
        target.add(message);
        finish(call, target);
    }

    // The end of a file. When the run is cut short nothing is replaced by a part of what was to come.
    void finish(Call call, Target& target) {
        if (manner_.mode == Mode::replace && is_error(call.stopping())) {
            throw Failure(Status::cancelled, target.path() + " is left as it was: the run was cut short");
        }
        if (target.fd() < 0) target.resume();
        target.end();
        if (const int error = write_out(call, target); error != 0) throw target.failure(error, "taken");
        target.close();
    }

    static int write_out(Call call, Target& target) {
        for (;;) {
            const int error = target.flush();
            if (error != EAGAIN) return error;
            if (is_error(call.wait_fd(target.fd(), FLOWRUN_WRITE))) return ECANCELED;
        }
    }

    static bool flushes_soon(const Target& target) { return !target.packs() && target.gathered() > 0; }

    // On the timer's thread, where nothing may wait.
    static void idle(void* user) { static_cast<FileWrite*>(user)->flush_idle(); }
    void flush_idle() {
        bool again = true;
        if (const std::unique_lock lock(mutex_, std::try_to_lock); lock) {
            again = false;
            for (auto& [name, target] : targets_.all()) {
                if (target.fd() < 0) break;  // as are all behind it
                if (flushes_soon(target)) again = target.flush() != 0 || again;
            }
            armed_ = again;
        }
        if (again) node_.timer(idle_time, &FileWrite::idle, this);
    }

    Node node_;
    Manner manner_;
    std::optional<std::string> fixed_;  // the path; empty: it depends on the message
    bool soon_ = false;
    std::mutex mutex_;  // the timer against handle and end; guards all below
    Targets targets_;
    bool armed_ = false;
};

}  // namespace

constinit const flowrun_component write_component = sdk::component<FileWrite>();

}  // namespace flowrun::file
