// file.write: a sink that writes messages to files.

#include <flowrun/ext/outcome.h>
#include <flowrun/component.hh>

#include <cstring>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "announce.hh"
#include "claim.hh"
#include "components.hh"
#include "formats/idle_settings.hh"
#include "formats/kind.hh"
#include "rotation.hh"
#include "target.hh"
#include "targets.hh"
#include "write_settings.hh"
#include "writing.hh"

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
            "columns, or the header of the file that is appended to. A column that a message lacks is left empty "
            "there, and a field without a column is its failure. raw: as lines, without line ends.\n"
            "The path may depend on the message. Then 'root' must say which folder no path may leave, neither by "
            ".. "
            "nor by a link; paths are meant from there. Otherwise a relative path is meant from the folder in "
            "which "
            "the program was started.\n"
            "mode: append writes behind what is there. create makes new files and fails where there is one. replace "
            "writes beside the file and puts the whole in its place at the end of the run. Until then the file is as "
            "it "
            "was, and it stays so, which is told as a failure of the run, where a source was cut short (by a signal, "
            "by "
            "--max-time), or where anything has failed that no error route took, be it a file that could not be read "
            "or "
            "another node at its own end: what came is thrown away then. With if_incomplete: replace what came takes "
            "the "
            "place in these cases as well. A source without an end, such as a ticker without count or a file that is "
            "followed, is not cut short by being stopped. In any case the file stays as it was when this node was not "
            "drained in time. Several files take their places one after another: where one cannot, those before it "
            "have, "
            "and those after it do not. A fixed path is opened before the first message, and replaced or made even "
            "when "
            "there is none.\n"
            "per: message makes a file of each message, which is whole, on the disk and in its place when the "
            "message "
            "is done; json then writes the message alone.\n"
            "A file that is appended to and was renamed or removed meanwhile, as a rotation does, is made anew under "
            "its "
            "name: a removal is seen before each write, a rename within a twentieth of a second; a csv file begins "
            "with its header again. A compressed file that is appended to is read through first, and refused where it "
            "is torn, since what is appended could not be read. A file that the flow reads, or that is the standard "
            "input, is not appended to, and several nodes may write one file only where each appends to it "
            "uncompressed "
            "and without rotate. Of fixed paths check tells both, through links as well.\n"
            "rotate is a map that says when a file which is appended to has had enough: at 'size' bytes, after "
            "'messages' messages of this run, or 'every' so long after this run came to it, as size: 100MiB or every: "
            "1d. Before the next message, which may be long after, it becomes FILE.1, that becomes FILE.2 and so on up "
            "to 'keep' (10), and a new one is begun. With 'compress' (gzip or zstd) FILE.1 is made FILE.1.gz, which "
            "holds up the messages; where that fails it stays as it is until the next time. No other node may write "
            "to the file.\n"
            "Output is gathered; with flush: auto nothing waits longer than a twentieth of a second, but for "
            "compressed files, which are written when there is much. A message counts as done when it is gathered, so "
            "that what cannot be written later is an error of the next message, or of the end, and says how many "
            "messages may be missing. With flush: each it counts as done when it is written; one of which only a part "
            "could be written has failed, and the part is taken away, or ended as a line of its own where others "
            "write to the file as well (where it is compressed it may be written later).\n"
            "Several nodes or instances can write one file only where all append to it uncompressed; what a rotation "
            "writes is one node's "
            "alone. A process that "
            "is killed leaves what was to replace a file beside it, as .NAME.….part. A batch is taken message by "
            "message.",
        .settings = R"({"type": "object", "required": ["path"], "properties": {
            "path": {"type": "string", "minLength": 1, "x-message": true, "description": "The file"},
            "root": {"type": "string", "minLength": 1, "description": "The folder that no path may leave"},
            "mode": {"type": "string", "enum": ["append", "replace", "create"], "default": "append",
                     "description": "What becomes of a file that is there: more, another, or an error"},
            "if_incomplete": {"type": "string", "enum": ["keep", "replace"], "default": "keep",
                              "description": "mode: replace: which file stays where something failed or a source was cut short"},
            "per": {"type": "string", "enum": ["run", "message"], "default": "run",
                    "description": "Whose output a file is: that of the run for this path, or of one message"},
            "format": {"type": "string", "enum": ["ndjson", "json", "lines", "csv", "raw"], "default": "ndjson",
                       "description": "How messages are written"},
            "header": {"type": "boolean", "default": true, "description": "csv: begin with the columns' names"},
            "delimiter": {"type": "string", "default": ",", "minLength": 1, "maxLength": 1,
                          "description": "csv: what stands between fields"},
            "columns": {"type": "array", "minItems": 1, "items": {"type": "string"},
                        "description": "csv: the columns' names, in their order; left out: the first map names them"},
            "encoding": {"type": "string", "minLength": 1,
                         "description": "The character set of the text, as iconv(1) calls it: latin1, windows-1252, utf-16 …; left out: UTF-8"},
            "bad_text": {"type": "string", "enum": ["error", "replace"], "default": "error",
                         "description": "encoding: what does not fit it is a failure of its message, or is replaced by ?"},
            "compress": {"type": "string", "enum": ["auto", "gzip", "zstd", "none"], "default": "auto",
                         "description": "auto: gzip for .gz, zstd for .zst, else none"},
            "level": {"type": "integer", "minimum": 1, "maximum": 19,
                      "description": "How hard to compress: gzip 1 to 9, by default 6; zstd 1 to 19, by default 3"},
            "flush": {"type": "string", "enum": ["auto", "each", "end"], "default": "auto",
                      "description": "When output is written: soon, after each message, or when there is much of it"},
            "rotate": {"type": "object", "additionalProperties": false, "properties": {
                "size": {"x-size": true, "minimum": 1, "description": "At how many bytes, as they are in the file"},
                "messages": {"type": "integer", "minimum": 1, "description": "After how many messages of this run"},
                "every": {"x-duration": true, "exclusiveMinimum": 0, "description": "How long after this run came to the file"},
                "keep": {"type": "integer", "minimum": 1, "maximum": 10000, "default": 10,
                         "description": "How many files that were written before stay"},
                "compress": {"type": "string", "enum": ["gzip", "zstd", "none"], "default": "none",
                             "description": "Compress those: FILE.1.gz"}},
                "description": "When a file that is appended to has had enough: it becomes FILE.1, that FILE.2 and so on"},
            "make_folders": {"type": "boolean", "default": false, "description": "Make folders that are missing"},
            "max_open": {"type": "integer", "default": 64, "minimum": 1, "maximum": 4096,
                         "description": "The most files open at once, where the path depends on the message"},
            "max_files": {"type": "integer", "default": 10000, "minimum": 1,
                          "description": "mode: replace, create: of how many files a run may keep track until its end; messages for more fail"}
        }})",
        .ports = R"({"in": {"in": "Messages"}})",
    };

    FileWrite(Node node, Value settings)
        : node_(node), rotation_(rotation_of(settings, settings["path"].string().has_value())),
          manner_(usable_manner(node, settings)),
          targets_(manner_, settings["max_open"].unsigned_integer().value_or(64),
                   settings["max_files"].unsigned_integer().value_or(10'000)),
          soon_(settings["flush"].string().value_or("auto") == "auto"),
          keeps_(settings["if_incomplete"].string().value_or("keep") == "keep") {
        if (const auto path = settings["path"].string()) fixed_.emplace(*path);
        manner_.alone = static_cast<bool>(rotation_);
    }

    // The path is as it was written: with ${…} it depends on the message.
    static std::optional<Mistake> check(const flowrun_host* host, Value settings) {
        std::optional<std::string> fixed;
        const std::string_view path = settings["path"].string().value_or("");
        if (path.find("${") == path.npos) fixed.emplace(path);
        refuse_unusable(settings, fixed);
        const Rotation rotation = rotation_of(settings, fixed.has_value());
        if (fixed) announce_writing(host, settings, *fixed, rotation);
        const bool each = settings["per"].string() == "message";
        if (settings["if_incomplete"].string() == "replace" && (settings["mode"].string() != "replace" || each)) {
            return formats::idle_warning(settings, "if_incomplete",
                                         each ? "each message is its own file" : "the mode is not replace");
        }
        if (settings["level"] && fixed && is_plain(settings, *fixed)) {
            return formats::idle_warning(settings, "level", "the file is not compressed");
        }
        return formats::idle_warning(settings);
    }

    // What is wrong with a fixed path is told before anything runs.
    Status start() {
        if (!fixed_ || manner_.whole) return Status::ok;
        try {
            (void)targets_.at(*fixed_);
            if (rotation_) {
                rotated_.emplace(manner_.folder, *fixed_, rotation_.keep, std::string(end_of(rotation_.compress)));
            }
            return Status::ok;
        } catch (const Failure& failure) {
            node_.host()->refuse(node_.raw(), failure.what(), std::strlen(failure.what()));
            return failure.code();
        }
    }

    Status handle(Call call, std::uint32_t, Value message) {
        bool arm = false;
        Status status = Status::ok;
        {
            const std::lock_guard lock(mutex_);
            status = take_one(call, message);
            arm = must_arm();
        }
        if (arm) arm_idle();
        return status;
    }

    Status handle_batch(const Batch& batch, std::uint32_t) {
        bool arm = false;
        {
            const std::lock_guard lock(mutex_);
            batch.each([this](Call call, Value message) { return take_one(call, message); });
            arm = must_arm();
        }
        if (arm) arm_idle();
        return Status::ok;
    }

    // What is to replace files is whole and on the disk then. It takes their place once it is known how the run went.
    Status end(Call call) {
        const std::lock_guard lock(mutex_);
        const auto failure = each_file([&](Target& target) { finish(call, target); });
        return failure ? call.fail(*failure) : Status::ok;
    }

    Status commit() {
        const std::lock_guard lock(mutex_);
        if (manner_.mode != Mode::replace || manner_.whole) return Status::ok;
        const std::string_view missing = missing_of_input();
        const auto failure = each_file([&](Target& target) {
            if (!target.is_finished()) return;  // that has failed before, and was told
            if (!missing.empty()) throw left_as_it_was(target, missing);
            target.commit();
        });
        if (failure) throw *failure;
        return Status::ok;
    }

private:
    // Files of one message each are made and closed at once: the last of two stays.
    static void announce_writing(const flowrun_host* host, Value settings, const std::string& path,
                                 const Rotation& rotation) {
        if (settings["per"].string() == "message") return;
        const std::string root(settings["root"].string().value_or(""));
        const bool appends = settings["mode"].string() == "append";
        std::uint32_t uses = FLOWRUN_CLAIM_WRITES;
        if (settings["mode"].string() != "replace") uses |= FLOWRUN_CLAIM_ADDS;
        if (!appends || !is_plain(settings, path) || rotation) uses |= FLOWRUN_CLAIM_ALONE;
        announce(host, "path", root, path, uses);
        if (!rotation) return;
        for (unsigned n = 1; n <= rotation.keep; ++n) {
            const std::string name = path + "." + std::to_string(n) + std::string(end_of(rotation.compress));
            announce(host, "path", root, name, FLOWRUN_CLAIM_WRITES | FLOWRUN_CLAIM_ALONE);
        }
    }

    static constexpr std::uint32_t path_setting = 0;
    static constexpr std::int64_t idle_time = 50'000'000;  // nanoseconds

    static bool is_plain(Value settings, const std::string& path) {
        const Compression given = compression_of(settings);
        return (given == Compression::by_file ? compression_of_name(path) : given) == Compression::none;
    }

    static Manner usable_manner(Node node, Value settings) {
        std::optional<std::string> fixed;
        if (const auto path = settings["path"].string()) fixed.emplace(*path);
        refuse_unusable(settings, fixed);
        return manner_of(node.values(), settings);
    }

    // Does this to each; what went wrong.
    template <class F>
    std::optional<Failure> each_file(F&& what) {
        std::optional<Failure> first;
        std::uint64_t failed = 0;
        for (auto& [name, target] : targets_.all()) {
            try {
                what(target);
            } catch (const Failure& failure) {
                if (failed++ == 0) first = failure;
            }
        }
        if (failed < 2) return first;
        const std::string others = std::to_string(failed - 1) + (failed == 2 ? " other file" : " other files");
        return Failure(first->code(), first->what() + ("; and " + others + " could not be finished"));
    }

    Status take_one(Call call, Value message) {
        const auto path = path_of(call);
        if (!path) return call.setting_status();
        if (manner_.whole) write_whole(call, *path, message);
        else take(call, open(call, *path), message);
        return Status::ok;
    }

    // Whether the timer is to be set, which then is.
    bool must_arm() {
        if (armed_ || !soon_ || manner_.whole) return false;
        for (const auto& [name, target] : targets_.all()) {
            if (target.fd() < 0 || armed_) break;  // as are all behind it
            armed_ = flushes_soon(target);
        }
        return armed_;
    }
    // Not with the mutex held: the host may let other threads run before it returns.
    void arm_idle() { node_.timer(idle_time, &FileWrite::idle, this); }

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

    void take(Call call, Target& target, Value message) {
        keep_name(call, target);
        if (rotation_ && rotation_.is_due(target, node_.now())) rotate(call, target);
        write_message(call, target, message, manner_.each);
    }

    void rotate(Call call, Target& target) {
        if (target.packs()) target.end_part();
        if (const int error = write_out(call, target); error != 0) throw target.failure(error, "before it");
        const auto failure = rotation_.make_room(manner_, target.path());
        if (failure) node_.log(Level::warn, failure->what() + std::string("; it is left as it is until the next time"));
        if (const int error = target.take_name_again(); error != 0) throw target.failure(error, "before it");
    }

    void write_whole(Call call, const std::string& path, Value message) {
        Target target(manner_, path);
        target.add(message);
        finish(call, target);
        target.commit();
    }

    // Why what came is not all that should be in the files; empty: it is.
    std::string_view missing_of_input() const {
        const auto* const outcome = node_.extension<flowrun_outcome>(FLOWRUN_OUTCOME_ID);
        if (!keeps_ || outcome == nullptr) return "";
        const std::uint32_t so_far = outcome->so_far(node_.raw());
        if ((so_far & FLOWRUN_OUTCOME_CUT_SHORT) != 0) return "a source was cut short";
        return (so_far & FLOWRUN_OUTCOME_FAILED) != 0 ? "something failed before" : "";
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
    Rotation rotation_;
    Manner manner_;
    std::optional<std::string> fixed_;  // the path; empty: it depends on the message
    std::mutex mutex_;                  // the timer against handle and end; guards targets_ and armed_
    Targets targets_;
    std::optional<RotationClaim> rotated_;
    const bool soon_, keeps_;
    bool armed_ = false;
};

}  // namespace

constinit const flowrun_component write_component = sdk::component<FileWrite>();

}  // namespace flowrun::file
