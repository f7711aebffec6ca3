// stdin: a source that reads records from standard input.

#include <flowrun/component.hh>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "components.hh"
#include "csv.hh"
#include "decoder.hh"
#include "framing.hh"
#include "input.hh"
#include "records.hh"
#include "shorten.hh"

namespace flowrun::core {
namespace {

using namespace sdk;

class Stdin {
public:
    static constexpr Description description = {
        .id = "stdin",
        .summary = "Reads records from standard input",
        .doc =
            "ndjson: one JSON text a line; blank lines are skipped. json: JSON texts one after another, of any shape; "
            "of a list each element is a message. lines: each line is a string (bytes where it is not UTF-8). csv: "
            "each row is a map by column name, or with header: false a list. raw: blocks of bytes as they come.\n"
            "A record that cannot be read goes to the error port with its line and byte offset, and reading goes on. "
            "A UTF-8 byte order mark at the very start is left out. Lines may end in CR LF; the last needs no end.",
        .settings = R"({"type": "object", "properties": {
            "format": {"type": "string", "enum": ["ndjson", "json", "lines", "csv", "raw"], "default": "ndjson",
                       "description": "How the input is written"},
            "header": {"type": "boolean", "default": true, "description": "csv: the first row names the columns"},
            "delimiter": {"type": "string", "default": ",", "minLength": 1, "maxLength": 1,
                          "description": "csv: what stands between fields"},
            "infer": {"type": "boolean", "default": false,
                      "description": "csv: unquoted 1, true and empty fields become numbers, bools and null"},
            "max_line": {"x-size": true, "default": "64MiB",
                         "description": "The longest record; a longer one is an error and is skipped"}
        }})",
        .ports = R"({"out": {"out": "The records"}})",
        .flags = FLOWRUN_COOPERATIVE | FLOWRUN_READS_STDIN,
    };

    Stdin(Node node, Value settings)
        : format_(settings["format"].string().value_or("ndjson")),
          limit_(settings["max_line"].unsigned_integer().value_or(std::uint64_t{64} << 20U)), builder_(node.values()) {
        const CsvShape csv = csv_shape(settings);
        std::unique_ptr<Framing> framing;
        if (format_ == "csv") framing = csv_framing(csv.delimiter);
        else if (format_ == "json") framing = json_framing();
        else framing = line_framing();
        records_.emplace(0, std::move(framing), format_ == "ndjson" || format_ == "lines", limit_);
        if (format_ == "csv") decoder_ = csv_decoder(node.values(), csv);
        else if (format_ == "lines") decoder_ = text_decoder(node.values());
        else decoder_ = json_decoder(node.values());
    }

    Status run(Call call) {
        if (format_ == "raw") return run_raw(call);
        for (;;) {
            switch (records_->next(call)) {
                case Records::Next::record: feed(call, records_->record()); break;
                case Records::Next::too_long:
                    raise(call, records_->record(), 0,
                          "longer than " + std::to_string(limit_) + " bytes, the limit set by max_line; skipped");
                    break;
                case Records::Next::broken:
                    raise(call, records_->record(), 0,
                          std::string(records_->problem()) + "; the rest of the input is not read");
                    break;
                case Records::Next::stopped: return call.stopping();
                case Records::Next::end: return Status::ok;
            }
            if (const Status status = call.stopping(); is_error(status)) return status;
        }
    }

private:
    // What becomes of a message downstream is the runner's to count.
    void feed(Call call, const Record& record) {
        const Decoder::Result result = decoder_->decode(record.text);
        if (result.what == Decoder::Result::value) (void)call.emit(0, result.made);
        else if (result.what == Decoder::Result::bad) raise(call, record, result.offset, result.problem);
    }

    void raise(Call call, const Record& record, std::uint64_t at, const std::string& problem) {
        const std::uint64_t offset = record.offset + at;
        Failure failure(Status::invalid,
                        "line " + std::to_string(record.line) + ", byte " + std::to_string(offset) + ": " + problem);
        failure.retry(Retry::no);
        failure.detail(builder_.map()
                           .key("line")
                           .unsigned_integer(record.line)
                           .key("offset")
                           .unsigned_integer(offset)
                           .end()
                           .finish());
        (void)call.raise(failure, builder_.string(shorten(record.text, Records::shown)).finish());
    }

    Status run_raw(Call call) {
        Input input(0);
        for (;;) {
            const Input::More more = input.fill(call);
            if (more == Input::More::stopped) return call.stopping();
            if (more == Input::More::end) return Status::ok;
            (void)call.emit(0, builder_.bytes(input.data()).finish());
            input.consume(input.data().size());
        }
    }

    std::string format_;
    std::uint64_t limit_;
    Builder builder_;
    std::optional<Records> records_;
    std::unique_ptr<Decoder> decoder_;
};

}  // namespace

constinit const flowrun_component stdin_component = sdk::component<Stdin>();

}  // namespace flowrun::core
