// file.read: a source that reads records from files.

#include <fcntl.h>
#include <flowrun/ext/source.h>
#include <sys/stat.h>
#include <unistd.h>
#include <flowrun/component.hh>

#include <cerrno>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "announce.hh"
#include "components.hh"
#include "compression.hh"
#include "follow.hh"
#include "formats/descriptor.hh"
#include "formats/feed.hh"
#include "formats/format.hh"
#include "formats/idle_settings.hh"
#include "handle.hh"
#include "own_output.hh"
#include "pattern.hh"
#include "state.hh"
#include "trouble.hh"
#include "unpacked.hh"

namespace flowrun::file {
namespace {

using namespace sdk;

class FileRead {
public:
    static constexpr Description description = {
        .id = "file.read",
        .summary = "Reads records from files",
        .doc =
            "Reads one file after another, those of a pattern in the order of their names' bytes. A relative path is "
            "meant from the folder in which the program was started. FIFOs and devices are read to their end.\n"
            "ndjson: one JSON text a line; blank lines are skipped. json: JSON texts one after another, of any shape; "
            "of a list each element is a message. lines: each line is a string (bytes where it is not UTF-8). csv: "
            "each row is a map by column name, or with header: false a list; each file has its own header. raw: "
            "the whole file as bytes, one message, no longer than max_line. blocks: its bytes in pieces as they come, "
            "which meta.index numbers.\n"
            "csv: rows end in LF or CR LF; where the first ends in CR alone, in CR as well. An error of a row that "
            "quotes "
            "have stretched over lines says over how many.\n"
            "With encoding places are told in bytes of the UTF-8 that the text becomes; a mark at its beginning is "
            "left "
            "out, and of utf-16 and utf-32 it tells the order of bytes.\n"
            "A file that the flow appends to is not read; of fixed paths check tells that.\n"
            "A record that cannot be read goes to the error port with its path, line and byte offset (of what was "
            "unpacked, where the file is compressed), and so does a file that cannot be read; reading goes on with "
            "the next.\n"
            "With follow it never ends: it waits for the files if they are not there, reads what is written to them, "
            "each line when it is whole, and goes over to the file that takes the place of one which was renamed or "
            "deleted, after what is left of that. Files of other names have their turns meanwhile. New and changed "
            "names are seen at once, and while the flow is busy within a twentieth of a second; where the system does "
            "not tell of them, as on network file systems, within a second. A file that was renamed (within the "
            "folders of the pattern) is read to its end even if that was not seen in time; only one that was deleted "
            "before is lost. When the run is stopped files that have no such name any more are read to their end, as "
            "long as the drain may take. Files called .gz or .zst are left out (unless compress: none says that they "
            "are not compressed), for a rotation makes them. A file that is cut short is read from its start, unless "
            "it has grown beyond where reading stood before that was seen.\n"
            "With state another run goes on where this one stood, with follow or without: then it reads what has come "
            "since, but for a line that is not whole yet. Files are known by their device, their number there and "
            "their "
            "first KiB. One that was renamed meanwhile within its folder is read to its end first; one that was cut "
            "short "
            "or begins otherwise is read from its start. What is sent has been dealt with when the emit returns: over "
            "sync edges all that is behind them, over an async edge its queue, which a process that is killed loses if "
            "it "
            "is in memory. The state is on the disk before the source waits for more, every tenth of a second while it "
            "does not, and at its end. So no line is lost, and what was sent after the last save comes again when the "
            "process is killed. What it does not promise: that nothing comes twice; that a file is found which was "
            "moved "
            "to another folder, compressed or removed meanwhile (a warning tells); that a file is known again whose "
            "device has another number after a reboot, or one that was rewritten with the same beginning and is longer "
            "now. A state file has one owner at a time; it is replaced by each save, through .NAME.part beside it.",
        .settings = R"({"type": "object", "required": ["path"], "properties": {
            "path": {"type": ["string", "array"], "minLength": 1,
                     "items": {"type": "string", "minLength": 1},
                     "description": "A path, a pattern with * ? [a-z] and ** for any number of folders, or a list of them"},
            "format": {"type": "string", "enum": ["ndjson", "json", "lines", "csv", "raw", "blocks"], "default": "ndjson",
                       "description": "How the files are written"},
            "header": {"type": "boolean", "default": true, "description": "csv: the first row names the columns"},
            "delimiter": {"type": "string", "default": ",", "minLength": 1, "maxLength": 1,
                          "description": "csv: what stands between fields"},
            "infer": {"type": "boolean", "default": false,
                      "description": "csv: unquoted 1, true and empty fields become numbers, bools and null"},
            "columns": {"type": "array", "minItems": 1, "items": {"type": "string"},
                        "description": "csv: the columns' names, in place of those in the first row, or where header: false says that there are none"},
            "skip": {"type": "integer", "minimum": 0, "default": 0, "description": "csv: how many lines stand before the first row"},
            "comment": {"type": "string", "minLength": 1, "maxLength": 1,
                        "description": "csv: lines that begin with it are no rows"},
            "encoding": {"type": "string", "minLength": 1,
                         "description": "The character set of the text, as iconv(1) calls it: latin1, windows-1252, utf-16 …; left out: UTF-8, and bytes where it is not"},
            "bad_text": {"type": "string", "enum": ["error", "replace"], "default": "error",
                         "description": "encoding: what does not fit it is a failure of its record, or is replaced by U+FFFD"},
            "max_line": {"x-size": true, "default": "64MiB",
                         "description": "The longest record, or file in raw; a longer one is an error and is skipped"},
            "compress": {"type": "string", "enum": ["auto", "gzip", "zstd", "none"], "default": "auto",
                         "description": "How the files are compressed; auto: as the first bytes or the name say"},
            "missing": {"type": "string", "enum": ["error", "ignore"], "default": "error",
                        "description": "What it is when there is no such file"},
            "place": {"type": "boolean", "default": false,
                      "description": "Messages are {path, line, offset, value}, not the value alone"},
            "follow": {"type": "boolean", "default": false,
                       "description": "Read what is written to the files later, too; files that come, and rotation"},
            "state": {"type": "string", "minLength": 1,
                      "description": "A file that keeps up to where the files were read, for the next run; not with format: json or raw, nor with compressed files"},
            "from": {"type": "string", "enum": ["start", "end"], "default": "start",
                     "description": "follow: where to begin in a file that is there at first; from the end lines are counted from there"}
        }})",
        .ports = R"({"out": {"out": "The records"}})",
        .flags = FLOWRUN_COOPERATIVE,
    };

    FileRead(Node node, Value settings)
        : node_(node), window_(node), format_(settings), compression_(compression_of(settings)),
          missing_is_an_error_(settings["missing"].string() != "ignore"),
          told_(settings["place"].boolean().value_or(false)) {
        refuse_unusable(settings, format_);
        const Value path = settings["path"];
        if (const auto text = path.string()) add(*text);
        for (Value item : path.items()) add(item.string().value_or(""));
        const bool follow = settings["follow"].boolean().value_or(false);
        std::unique_ptr<State> state;
        if (const auto file = settings["state"].string()) {
            state = std::make_unique<State>(node.values(), std::string(*file));
        }
        if (follow || state)
            follow_.emplace(node_, window_, format_, patterns_, way(settings, !follow), std::move(state));
        endless_ = follow;
    }

    static std::optional<Mistake> check(const flowrun_host* host, Value settings) {
        refuse_unusable(settings, formats::Format(settings));
        if (const auto path = settings["path"].string()) announce_reading(host, std::string(*path));
        for (Value item : settings["path"].items()) announce_reading(host, std::string(item.string().value_or("")));
        if (const auto state = settings["state"].string()) {
            refuse_own_state(settings, std::string(*state));
            announce(host, "state", "", std::string(*state), FLOWRUN_CLAIM_WRITES | FLOWRUN_CLAIM_ALONE);
        }
        if (settings["from"].string() == "end" && settings["follow"].boolean() != true) {
            return formats::idle_warning(settings, "from", "the files are read once, from their start, without follow");
        }
        if (settings["missing"].string() == "ignore" && settings["follow"].boolean() == true) {
            return formats::idle_warning(settings, "missing", "a file that is followed is waited for");
        }
        return formats::idle_warning(settings);
    }

    Status run(Call call) {
        if (endless_) {
            if (const auto* source = node_.extension<flowrun_source>(FLOWRUN_SOURCE_ID)) source->endless(node_.raw());
            return follow_->run(call);
        }
        if (follow_) {
            for (const Pattern& pattern : patterns_) miss(call, pattern, pattern.paths());
            return follow_->run(call);
        }
        std::set<std::string> seen;  // two patterns may match the same
        for (const Pattern& pattern : patterns_) {
            const std::vector<std::string> paths = pattern.paths();
            miss(call, pattern, paths);
            for (const std::string& path : paths) {
                if (seen.insert(path).second) try_file(call, path);
                if (const Status status = call.stopping(); is_error(status)) return status;
            }
        }
        return Status::ok;
    }

private:
    // Of the files of a pattern one that the flow appends to is left out, and that is no mistake.
    static void announce_reading(const flowrun_host* host, const std::string& path) {
        if (Pattern(path).is_plain()) announce(host, "path", "", path, FLOWRUN_CLAIM_READS);
    }

    static void refuse_own_state(Value settings, const std::string& state) {
        const auto refuse = [&](std::string_view path) {
            if (path.empty() || !same_place(std::string(path), state)) return;
            throw Failure(Status::invalid, "'state' is the file that is read: keep it in another");
        };
        refuse(settings["path"].string().value_or(""));
        for (Value item : settings["path"].items()) refuse(item.string().value_or(""));
    }

    // Settings that do not go together.
    static void refuse_unusable(Value settings, const formats::Format& format) {
        if (settings["path"].is(Kind::list) && settings["path"].size() == 0) {
            throw Failure(Status::invalid, "'path' is an empty list");
        }
        const bool follow = settings["follow"].boolean().value_or(false);
        const bool kept = settings["state"].string().has_value();
        const Compression compression = compression_of(settings);
        if (const auto text = settings["path"].string()) refuse_unusable_path(*text, follow || kept, compression);
        for (Value item : settings["path"].items()) {
            refuse_unusable_path(item.string().value_or(""), follow || kept, compression);
        }
        format.check_reading();
        if (kept && format.encoding()) {
            throw Failure(Status::invalid,
                          "'state' is kept of UTF-8 only: leave 'encoding' out, and decode in an expression");
        }
        if (kept && (format.raw() || format.json())) {
            throw Failure(Status::invalid, "'state' needs records that each stand alone: ndjson, lines, csv or blocks");
        }
        const bool packed = compression == Compression::gzip || compression == Compression::zstd;
        if (packed && kept) throw Failure(Status::invalid, "'state' is not kept of compressed files");
        if (!follow) return;
        if (packed) throw Failure(Status::invalid, "a compressed file cannot be followed");
        if (format.raw()) {
            throw Failure(Status::invalid,
                          "format: raw is a file as a whole, and one that is followed never is: set format: blocks");
        }
        if (settings["from"].string() == "end" && format.encoding().unit() > 1) {
            throw Failure(Status::invalid, "from: end finds no line of two-byte characters: set from: start");
        }
        if (settings["from"].string() == "end" && format.has_header()) {
            throw Failure(Status::invalid,
                          "the header stands at the start of a file: set from: start, or header: false");
        }
    }

    static void refuse_unusable_path(std::string_view path, bool follow, Compression compression) {
        if (auto problem = Pattern::problem(path)) throw Failure(Status::invalid, std::move(*problem));
        if (!follow || compression != Compression::by_file) return;
        if (compression_of_name(path) == Compression::none) return;
        throw Failure(Status::invalid, "'" + std::string(path) +
                                           "' names compressed files, which cannot be followed, and of which no "
                                           "state is kept; if they are not compressed set compress: none");
    }

    Follow::Way way(Value settings, bool once) const {
        return {.told = told_,
                .from_end = settings["from"].string() == "end",
                .packed_too = compression_ == Compression::none,
                .once = once,
                .may_miss = !missing_is_an_error_};
    }

    void miss(Call call, const Pattern& pattern, const std::vector<std::string>& paths) {
        if (!paths.empty() || !missing_is_an_error_) return;
        raise(call, pattern.text(), Failure(Status::unavailable, "no file matches " + pattern.text()));
    }

    void add(std::string_view path) { patterns_.emplace_back(std::string(path)); }

    void try_file(Call call, const std::string& path) {
        try {
            read_file(call, path);
        } catch (const Failure& failure) { raise(call, path, failure); }
    }

    void read_file(Call call, const std::string& path) {
        // Opening a FIFO without O_NONBLOCK would wait for a writer, and no stop would end that.
        const Handle file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
        if (!file && errno == ENOENT && !missing_is_an_error_) return;
        if (!file) throw trouble(node_.values(), "opening", path, errno);
        const OwnOutput read(OwnOutput::Use::reads, file.get(), path);
        (void)::posix_fadvise(file.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
        formats::Descriptor source(file.get(), path);
        Unpacked unpacked(source, compression_, path);
        formats::Feed feed(node_.values(), format_, unpacked, window_, formats::Origin{.path = path, .told = told_});
        if (feed.run(call) == formats::Source::More::end) check_size(file, path);
    }

    // One that ended before the place up to which it was read has lost bytes that nobody has seen.
    void check_size(const Handle& file, const std::string& path) const {
        struct stat what{};
        if (::fstat(file.get(), &what) != 0 || !S_ISREG(what.st_mode)) return;
        const off_t read = ::lseek(file.get(), 0, SEEK_CUR);
        if (what.st_size >= read) return;
        throw Failure(Status::failed, path + " was cut short while it was read: " + std::to_string(read) +
                                          " bytes were read, and it has " + std::to_string(what.st_size));
    }

    void raise(Call call, const std::string& path, const Failure& failure) {
        Builder value(node_.values());
        (void)call.raise(failure, value.string(path).finish());
    }

    Node node_;
    Window window_;
    formats::Format format_;
    Compression compression_;
    bool missing_is_an_error_, told_;
    std::vector<Pattern> patterns_;
    std::optional<Follow> follow_;  // or files that are read once, whose state is kept
    bool endless_ = false;
};

}  // namespace

constinit const flowrun_component read_component = sdk::component<FileRead>();

}  // namespace flowrun::file
