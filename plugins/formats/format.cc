#include "format.hh"

namespace flowrun::formats {

Format::Format(sdk::Value settings)
    : name_(settings["format"].string().value_or("ndjson")),
      longest_(settings["max_line"].unsigned_integer().value_or(std::uint64_t{64} << 20U)), csv_(csv_shape(settings)) {}

std::unique_ptr<Framing> Format::framing() const {
    if (name_ == "csv") return csv_framing(csv_.delimiter);
    return name_ == "json" ? json_framing() : line_framing();
}

std::unique_ptr<Decoder> Format::decoder(const flowrun_values* values) const {
    if (name_ == "csv") return csv_decoder(values, csv_);
    return name_ == "lines" ? text_decoder(values) : json_decoder(values);
}

std::unique_ptr<Encoder> Format::encoder() const {
    if (name_ == "json") return json_encoder();
    if (name_ == "lines") return lines_encoder();
    if (name_ == "csv") return csv_encoder(csv_);
    return raw() ? raw_encoder() : ndjson_encoder();
}

}  // namespace flowrun::formats
