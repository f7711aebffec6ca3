#pragma once
// CSV as RFC 4180 has it: fields between delimiters, quoted with '"' where they hold a delimiter, a quote or a line
// break, a quote within quotes doubled.

#include <flowrun/component.hh>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "decoder.hh"

namespace flowrun::formats {

struct CsvShape {
    char delimiter = ',';
    bool header = true;      // the first row names the columns
    bool infer = false;      // numbers, true, false and empty fields that are not quoted become numbers, bools and null
    std::uint64_t skip = 0;  // lines before the first row
    char comment = '\0';     // what a line begins with that is no row; 0: nothing
    std::vector<std::string> columns = {};  // their names, whatever the first row says
};

// Throws sdk::Failure when the settings `delimiter`, `header`, `infer`, `skip`, `comment` and `columns` make no shape.
CsvShape csv_shape(sdk::Value settings);

// One row, taken apart.
class CsvRow {
public:
    struct Field {
        std::string_view text;
        bool quoted = false;
    };
    // Null, or what is wrong (static text; `offset` is set to where). Fields borrow `row` and this object.
    const char* parse(std::string_view row, char delimiter, std::size_t& offset);
    std::span<const Field> fields() const { return {fields_.data(), count_}; }

private:
    void add(std::string_view text, bool quoted) {
        if (count_ == fields_.size()) fields_.resize(2 * count_ + 16);
        fields_[count_++] = {text, quoted};
    }

    std::vector<Field> fields_;  // of the longest row so far
    std::size_t count_ = 0;
    std::vector<std::unique_ptr<std::string>> unquoted_;  // texts of fields with doubled quotes; kept for the next row
};

// A row becomes a map by column name, or a list without a header. Blank rows are nothing.
std::unique_ptr<Decoder> csv_decoder(const flowrun_values* values, CsvShape shape);

// Appends a field, quoted where it must be.
void write_csv_field(std::string_view text, char delimiter, std::string& out);

}  // namespace flowrun::formats
