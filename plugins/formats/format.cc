#include "format.hh"

#include <utility>

namespace flowrun::formats {

Format::Format(sdk::Value settings, std::string_view name)
    : name_(name.empty() ? settings["format"].string().value_or("ndjson") : name),
      longest_(settings["max_line"].unsigned_integer().value_or(std::uint64_t{64} << 20U)), csv_(csv_shape(settings)),
      encoding_(encoding_of(settings)) {}

std::string Format::idle(sdk::Value settings) {
    std::vector<std::string> names;
    if (settings["format"].string() != "csv") {
        if (settings["header"].boolean() == false) names.emplace_back("header");
        if (settings["delimiter"].string().value_or(",") != ",") names.emplace_back("delimiter");
        if (settings["infer"].boolean() == true) names.emplace_back("infer");
        if (settings["columns"]) names.emplace_back("columns");
        if (settings["skip"].integer().value_or(0) != 0) names.emplace_back("skip");
        if (settings["comment"]) names.emplace_back("comment");
    }
    if (settings["bad_text"].string() == "replace" && !settings["encoding"]) names.emplace_back("bad_text");
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i) {
        text += (i == 0 ? "'" : i + 1 == names.size() ? " and '" : ", '") + names[i] + "'";
    }
    return text;
}

void Format::check_reading() const {
    if (!encoding_ || (!raw() && !blocks())) return;
    throw sdk::Failure(
        sdk::Status::invalid,
        "format: " + name_ + " is bytes as they are: leave 'encoding' out, or decode them in an expression");
}

Format Format::behind_header(std::vector<std::string> columns) const {
    Format out = *this;
    out.csv_.header = false;
    out.csv_.skip = 0;
    if (out.csv_.columns.empty()) out.csv_.columns = std::move(columns);
    return out;
}

std::unique_ptr<Framing> Format::framing() const {
    if (name_ == "csv") return csv_framing(csv_.delimiter, csv_.skip, csv_.comment);
    return name_ == "json" ? json_framing() : line_framing();
}

std::unique_ptr<Decoder> Format::decoder(const flowrun_values* values) const {
    if (name_ == "csv") return csv_decoder(values, csv_);
    return name_ == "lines" ? text_decoder(values) : json_decoder(values);
}

std::unique_ptr<Encoder> Format::encoder(std::vector<std::string> columns) const {
    auto made = name_ == "json"    ? json_encoder()
                : name_ == "lines" ? lines_encoder()
                : name_ == "csv"   ? csv_encoder(csv_, std::move(columns))
                : raw()            ? raw_encoder()
                                   : ndjson_encoder();
    return encoding_ ? encoded(std::move(made), encoding_) : std::move(made);
}

}  // namespace flowrun::formats
