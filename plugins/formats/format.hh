#pragma once
// How a stream is written, as the settings `format`, `header`, `delimiter`, `infer`, `max_line`, `encoding` and the like say.

#include <flowrun/component.hh>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "csv.hh"
#include "decoder.hh"
#include "encoder.hh"
#include "encoding.hh"
#include "framing.hh"

namespace flowrun::formats {

class Format {
public:
    // Throws sdk::Failure when they do not go together.
    // `name` goes before `format`, where it is given.
    explicit Format(sdk::Value settings, std::string_view name = {});

    // The settings of those above that have no effect, as "'infer'" or "'header' and 'skip'"; empty: all have.
    static std::string idle(sdk::Value settings);
    // Throws sdk::Failure where they do not go together in what is read.
    void check_reading() const;

    bool raw() const { return name_ == "raw"; }        // the whole of what is read, or written without line ends
    bool blocks() const { return name_ == "blocks"; }  // pieces, not records
    bool json() const { return name_ == "json"; }      // texts of any shape
    bool ndjson() const { return name_ == "ndjson"; }
    bool one_line() const { return name_ == "ndjson" || name_ == "lines"; }
    std::uint64_t longest() const { return longest_; }

    std::unique_ptr<Framing> framing() const;
    std::unique_ptr<Decoder> decoder(const flowrun_values* values) const;
    // `columns`: as of csv_encoder.
    std::unique_ptr<Encoder> encoder(std::vector<std::string> columns = {}) const;
    const CsvShape& csv() const { return csv_; }
    const Encoding& encoding() const { return encoding_; }
    // Of a part of a stream, whose header named these columns before.
    Format behind_header(std::vector<std::string> columns) const;
    bool has_header() const { return name_ == "csv" && csv_.header; }

private:
    std::string name_;
    std::uint64_t longest_;  // bytes of a record
    CsvShape csv_;
    Encoding encoding_;
};

}  // namespace flowrun::formats
