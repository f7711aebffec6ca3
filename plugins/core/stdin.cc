// stdin: a source that reads records from standard input.

#include <flowrun/component.hh>

#include <unistd.h>

#include <optional>

#include "components.hh"
#include "formats/csv.hh"
#include "formats/descriptor.hh"
#include "formats/feed.hh"
#include "formats/format.hh"
#include "formats/idle_settings.hh"

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
            "each row is a map by column name, or with header: false a list. raw: the whole input as bytes, one "
            "message, "
            "no longer than max_line. blocks: its bytes in pieces as they come, which meta.index numbers.\n"
            "A record that cannot be read goes to the error port with its line and byte offset, and reading goes on. "
            "With encoding places are told in bytes of the UTF-8 that it becomes. A UTF-8 byte order mark at the very "
            "start is left out. Lines may end in CR LF; the last needs no end.",
        .settings = R"({"type": "object", "properties": {
            "format": {"type": "string", "enum": ["ndjson", "json", "lines", "csv", "raw", "blocks"], "default": "ndjson",
                       "description": "How the input is written"},
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
                         "description": "The longest record, or input in raw; a longer one is an error and is skipped"}
        }})",
        .ports = R"({"out": {"out": "The records"}})",
        .flags = FLOWRUN_COOPERATIVE | FLOWRUN_READS_STDIN,
    };

    static std::optional<Mistake> check(const flowrun_host*, Value settings) {
        (void)formats::csv_shape(settings);
        formats::Format(settings).check_reading();
        return formats::idle_warning(settings);
    }

    Stdin(Node node, Value settings)
        : format_(settings), window_(node), feed_(node.values(), format_, stdin_, window_) {
        format_.check_reading();
    }

    Status run(Call call) { return feed_.run(call) == formats::Source::More::stopped ? call.stopping() : Status::ok; }

private:
    formats::Descriptor stdin_{STDIN_FILENO, "stdin", "; redirect a file or a pipe to it"};
    formats::Format format_;
    Window window_;
    formats::Feed feed_;
};

}  // namespace

constinit const flowrun_component stdin_component = sdk::component<Stdin>();

}  // namespace flowrun::core
