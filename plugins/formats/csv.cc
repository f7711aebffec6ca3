#include "csv.hh"

#include <algorithm>
#include <unordered_set>

namespace flowrun::formats {

using namespace sdk;

CsvShape csv_shape(Value settings) {
    CsvShape shape;
    shape.header = settings["header"].boolean().value_or(true);
    shape.infer = settings["infer"].boolean().value_or(false);
    const std::string_view delimiter = settings["delimiter"].string().value_or(",");
    if (delimiter.size() != 1 || delimiter[0] == '"' || delimiter[0] == '\n' || delimiter[0] == '\r') {
        throw Failure(Status::invalid, "'delimiter' must be one ASCII character, and not a quote or a line break");
    }
    shape.delimiter = delimiter[0];
    shape.skip = settings["skip"].unsigned_integer().value_or(0);
    if (const auto comment = settings["comment"].string()) {
        if (comment->size() != 1 || *comment == "\"" || *comment == "\n" || *comment == "\r") {
            throw Failure(Status::invalid, "'comment' must be one ASCII character, and not a quote or a line break");
        }
        shape.comment = (*comment)[0];
        if (shape.comment == shape.delimiter) throw Failure(Status::invalid, "'comment' and 'delimiter' are the same");
    }
    std::unordered_set<std::string_view> seen;
    for (Value column : settings["columns"].items()) {
        const std::string_view name = column.string().value_or("");
        if (!seen.insert(name).second) {
            throw Failure(Status::invalid, "'columns' names '" + std::string(name) + "' twice");
        }
        shape.columns.emplace_back(name);
    }
    return shape;
}

const char* CsvRow::parse(std::string_view row, char delimiter, std::size_t& offset) {
    count_ = 0;
    std::size_t used = 0;
    for (std::size_t at = 0;;) {
        if (at == row.size() || row[at] != '"') {
            const std::size_t end = std::min(row.find(delimiter, at), row.size());
            add(row.substr(at, end - at), false);
            if (end == row.size()) return nullptr;
            at = end + 1;
            continue;
        }
        const std::size_t open = at++;
        std::string* text = nullptr;  // only where quotes are doubled
        std::size_t from = at;
        for (;; ++at) {
            at = row.find('"', at);
            if (at == row.npos) {
                offset = open;
                return "this quoted field is not closed";
            }
            if (at + 1 == row.size() || row[at + 1] != '"') break;
            if (!text) {
                if (used == unquoted_.size()) unquoted_.push_back(std::make_unique<std::string>());
                text = unquoted_[used++].get();
                text->clear();
            }
            ++at;
            text->append(row.substr(from, at - from));
            from = at + 1;
        }
        if (text) text->append(row.substr(from, at - from));
        add(text ? std::string_view(*text) : row.substr(from, at - from), true);
        if (++at == row.size()) return nullptr;
        if (row[at] != delimiter) {
            offset = at;
            return "expected the delimiter after a quoted field";
        }
        ++at;
    }
}

void write_csv_field(std::string_view text, char delimiter, std::string& out) {
    const auto special = [delimiter](char c) { return c == delimiter || c == '"' || c == '\n' || c == '\r'; };
    if (std::none_of(text.begin(), text.end(), special)) {
        out.append(text);
        return;
    }
    out.push_back('"');
    for (const char c : text) {
        if (c == '"') out.push_back('"');
        out.push_back(c);
    }
    out.push_back('"');
}

}  // namespace flowrun::formats
