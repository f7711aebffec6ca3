// stdout: a sink that writes messages to standard output.

#include <flowrun/ext/reader.h>
#include <flowrun/component.hh>

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "components.hh"
#include "formats/csv.hh"
#include "formats/encoder.hh"
#include "formats/format.hh"
#include "formats/idle_settings.hh"
#include "formats/output.hh"

namespace flowrun::core {
namespace {

using namespace sdk;

// Several nodes may write to the one descriptor: each write of theirs is whole records.
constinit std::mutex descriptor;

class Stdout {
public:
    static constexpr Description description = {
        .id = "stdout",
        .summary = "Writes messages to standard output",
        .doc =
            "ndjson: one JSON text a line, as it was read where nobody changed it. json: one list of all messages. "
            "lines: strings and bytes as they are, others as JSON, each with a line end. csv: the first map names the "
            "columns. A column that a message lacks is left empty there, and a field without a column is its failure. "
            "raw: as lines, without line ends.\n"
            "Output is gathered; with flush: auto nothing waits longer than a twentieth of a second, and a terminal "
            "gets each message at once. A batch is taken message by message.",
        .settings = R"({"type": "object", "properties": {
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
            "flush": {"type": "string", "enum": ["auto", "each", "end"], "default": "auto",
                      "description": "When output is written: soon, after each message, or when there is much of it"}
        }})",
        .ports = R"({"in": {"in": "Messages"}})",
        .flags = FLOWRUN_WRITES_STDOUT,
    };

    Stdout(Node node, Value settings) : node_(node), encoder_(formats::Format(settings).encoder()) {
        const std::string_view when = settings["flush"].string().value_or("auto");
        each_ = when == "each" || (when == "auto" && output_.is_terminal());
        idle_ = when == "auto" && !each_;
    }

    static std::optional<Mistake> check(const flowrun_host*, Value settings) {
        (void)formats::csv_shape(settings);
        (void)formats::Format(settings);
        return formats::idle_warning(settings);
    }

    Status handle(Call call, std::uint32_t, Value message) {
        bool arm = false;
        {
            const std::lock_guard lock(mutex_);
            if (const Status status = take(call, message); is_error(status)) return status;
            arm = must_arm();
        }
        if (arm) arm_idle();
        return Status::ok;
    }

    Status handle_batch(const Batch& batch, std::uint32_t) {
        bool arm = false;
        {
            const std::lock_guard lock(mutex_);
            batch.each([this](Call call, Value message) { return take(call, message); });
            arm = must_arm();
        }
        if (arm) arm_idle();
        return Status::ok;
    }

    Status end(Call call) {
        const std::lock_guard lock(mutex_);
        if (gone_) return fail(call, EPIPE);
        encoder_->end(output_.buffer());
        const int error = flush(call);
        return error == 0 ? Status::ok : call.fail(failure_of(error, "taken"));
    }

private:
    static constexpr std::size_t much = std::size_t{64} << 10U;
    static constexpr std::int64_t idle_time = 50'000'000;  // nanoseconds

    Status take(Call call, Value message) {
        if (gone_) return fail(call, EPIPE);
        const std::size_t before = output_.buffer().size();
        append(message, before);
        if (!due(before)) return Status::ok;
        const std::size_t size = output_.buffer().size() - before;
        const int error = flush(call);
        return error == 0 ? Status::ok : not_written(call, error, size);
    }

    // Whether the timer is to be set, which then is.
    bool must_arm() {
        const bool arm = idle_ && !armed_ && !output_.buffer().empty();
        armed_ = armed_ || arm;
        return arm;
    }
    // Not with the mutex held: the host may let other threads run before it returns.
    void arm_idle() { node_.timer(idle_time, &Stdout::idle, this); }

    void append(Value message, std::size_t before) {
        try {
            encoder_->encode(message, output_.buffer());
        } catch (...) {
            take_back(before);
            throw;
        }
        ++gathered_;
    }
    void take_back(std::size_t size) {
        output_.buffer().resize(size);
        encoder_->forget();
    }

    // Whether to write now: in a quiet flow at once, in a busy one when there is much or the timer comes. Where the last
    // write failed nothing is taken that is not written, so that no message counts as done that may never be.
    bool due(std::size_t before) {
        if (each_ || failing_ || output_.buffer().size() >= much) return true;
        if (!idle_ || before > 0) return false;
        const std::int64_t now = node_.now();
        if (now - written_at_ < idle_time) return false;
        written_at_ = now;
        return true;
    }

    int flush(Call call) {
        const std::lock_guard lock(descriptor);
        for (;;) {
            const int error = output_.flush();
            if (error == 0) gathered_ = 0;
            if (error != EAGAIN) failing_ = error != 0;
            if (error != EAGAIN) return error;
            if (is_error(call.wait_fd(STDOUT_FILENO, FLOWRUN_WRITE))) return ECANCELED;
        }
    }

    // A message that fails is not written later, unless its first part has been; those before it still may be.
    Status not_written(Call call, int error, std::size_t size) {
        if (output_.buffer().size() >= size) {
            take_back(output_.buffer().size() - size);
            --gathered_;
        }
        return fail(call, error);
    }

    Failure failure_of(int error, const char* which = "before it") {
        if (error == EPIPE) {
            if (const auto* reader = node_.extension<flowrun_reader>(FLOWRUN_READER_ID)) reader->gone(node_.raw());
            gone_ = true;
            output_.buffer().clear();
        }
        std::string text = std::string("writing to stdout: ") + std::strerror(error);
        if (error == ECANCELED) text = "the run ended before stdout could take more";
        if (error == EPIPE) text = "stdout was closed by its reader";
        else if (gathered_ > 0)
            text += "; not written: up to " + std::to_string(gathered_) + " message" + (gathered_ == 1 ? " " : "s ") +
                    which;
        if (error == ECANCELED) return Failure(Status::cancelled, std::move(text));
        const bool may_pass = error == ENOSPC || error == EDQUOT || error == EPIPE;
        Failure failure(may_pass ? Status::unavailable : Status::permanent, std::move(text));
        if (error == EPIPE) failure.retry(Retry::no);
        Builder detail(node_.values());
        const char* name = ::strerrorname_np(error);
        failure.detail(detail.map().key("errno").string(name ? name : std::to_string(error)).end().finish());
        return failure;
    }
    Status fail(Call call, int error) { return call.fail(failure_of(error)); }

    // On the timer's thread, where nothing may wait.
    static void idle(void* user) { static_cast<Stdout*>(user)->flush_idle(); }
    void flush_idle() {
        bool again = true;
        std::optional<Failure> failure;
        if (const std::unique_lock lock(mutex_, std::try_to_lock); lock) {
            if (const std::unique_lock whole(descriptor, std::try_to_lock); whole && !gone_) {
                const int error = output_.flush_some();
                failing_ = error != 0;
                if (error == EPIPE) failure = failure_of(error);
            }
            if (output_.buffer().empty()) gathered_ = 0;
            armed_ = again = !output_.buffer().empty();
            written_at_ = node_.now();
        }
        if (again) node_.timer(idle_time, &Stdout::idle, this);
        if (failure) report(*failure);
    }

    // Nobody is calling, so that a flow which waits for input would not notice that its reader has gone.
    void report(const Failure& failure) {
        const Root root(node_);
        if (!root) return;
        Builder nothing(node_.values());
        (void)root.call().raise(failure, nothing.null().finish());
    }

    Node node_;
    std::unique_ptr<formats::Encoder> encoder_;
    bool each_ = false, idle_ = false;
    std::mutex mutex_;  // the timer against handle and end; guards all below
    formats::Output output_{STDOUT_FILENO};
    std::uint64_t gathered_ = 0;  // messages, of which the buffer holds the last
    std::int64_t written_at_ = std::numeric_limits<std::int64_t>::min() / 2;
    bool armed_ = false, gone_ = false;
    bool failing_ = false;  // the last write
};

}  // namespace

constinit const flowrun_component stdout_component = sdk::component<Stdout>();

}  // namespace flowrun::core
