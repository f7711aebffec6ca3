#include "format.hh"

#include <utility>

namespace flowrun::formats {

Format::Format(sdk::Value settings, std::string_view name)
    : name_(name.empty() ? settings["format"].string().value_or("ndjson") : name),
      longest_(settings["max_line"].unsigned_integer().value_or(std::uint64_t{64} << 20U)), csv_(csv_shape(settings)) {}

std::unique_ptr<Framing> Format::framing() const {
    if (name_ == "csv") return csv_framing(csv_.delimiter, csv_.skip, csv_.comment);
    return name_ == "json" ? json_framing() : line_framing();
}

std::unique_ptr<Decoder> Format::decoder(const flowrun_values* values) const {
    if (name_ == "csv") return csv_decoder(values, csv_);
    return name_ == "lines" ? text_decoder(values) : json_decoder(values);
}

std::unique_ptr<Encoder> Format::encoder(std::vector<std::string> columns) const {
    if (name_ == "json") return json_encoder();
    if (name_ == "lines") return lines_encoder();
    if (name_ == "csv") return csv_encoder(csv_, std::move(columns));
    return raw() ? raw_encoder() : ndjson_encoder();
}

}  // namespace flowrun::formats
