#pragma once
// How a stream is written, as the settings `format`, `header`, `delimiter`, `infer` and `max_line` say.

#include <flowrun/component.hh>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "csv.hh"
#include "decoder.hh"
#include "encoder.hh"
#include "framing.hh"

namespace flowrun::formats {

class Format {
public:
    // Throws sdk::Failure when they do not go together.
    // `name` goes before `format`, where it is given.
    explicit Format(sdk::Value settings, std::string_view name = {});

    bool raw() const { return name_ == "raw"; }        // the whole of what is read, or written without line ends
    bool blocks() const { return name_ == "blocks"; }  // pieces, not records
    bool ndjson() const { return name_ == "ndjson"; }
    bool one_line() const { return name_ == "ndjson" || name_ == "lines"; }
    std::uint64_t longest() const { return longest_; }

    std::unique_ptr<Framing> framing() const;
    std::unique_ptr<Decoder> decoder(const flowrun_values* values) const;
    // `columns`: as of csv_encoder.
    std::unique_ptr<Encoder> encoder(std::vector<std::string> columns = {}) const;
    const CsvShape& csv() const { return csv_; }
    bool has_header() const { return name_ == "csv" && csv_.header; }

private:
    std::string name_;
    std::uint64_t longest_;  // bytes of a record
    CsvShape csv_;
};

}  // namespace flowrun::formats
