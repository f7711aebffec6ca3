#include <algorithm>
#include <unordered_set>

#include "csv.hh"

namespace flowrun::formats {
namespace {

using namespace sdk;

class CsvDecoder final : public Decoder {
public:
    CsvDecoder(const flowrun_values* values, const CsvShape& shape)
        : shape_(shape), builder_(values), header_due_(shape.header), columns_(shape.columns) {}

    Result decode(std::string_view text) override {
        if (text.empty()) return {};
        std::size_t offset = 0;
        if (const char* problem = row_.parse(text, shape_.delimiter, offset)) {
            return bad(problem + over_lines(text), offset);
        }
        if (header_due_) {
            header_due_ = false;
            return columns_.empty() ? read_header() : Result{};
        }
        return columns_.empty() ? as_list() : as_map(text);
    }

private:
    static Result bad(std::string problem, std::uint64_t offset = 0) {
        return {.what = Result::bad, .offset = offset, .problem = std::move(problem)};
    }

    // Where a quote has taken lines into the row: how many.
    static std::string over_lines(std::string_view text) {
        const char end = text.find('\n') != text.npos ? '\n' : '\r';
        const auto lines = std::count(text.begin(), text.end(), end) + (text.ends_with(end) ? 0 : 1);
        return lines < 2 ? "" : "; with its quotes the row goes over " + std::to_string(lines) + " lines";
    }

    // Without its header the rows mean nothing, so a bad one ends the input.
    Result read_header() {
        std::unordered_set<std::string_view> seen;
        for (const auto& field : row_.fields()) {
            const std::string name(field.text);
            if (!seen.insert(field.text).second) {
                throw Failure(Status::invalid,
                              "two columns are called '" + name + "'; rename one, or set header: false");
            }
            if (!builder_.list().string(name).end().finish().at(0).is(Kind::string)) {
                throw Failure(Status::invalid, "the header is not UTF-8; set header: false to read it as a row");
            }
            columns_.push_back(name);
        }
        return {};
    }

    Result as_map(std::string_view text) {
        const auto& fields = row_.fields();
        if (fields.size() != columns_.size()) {
            return bad("this row has " + std::to_string(fields.size()) + " fields, " +
                       (shape_.columns.empty() ? "the header has " : "'columns' names ") +
                       std::to_string(columns_.size()) + over_lines(text));
        }
        builder_.map();
        for (std::size_t i = 0; i < fields.size(); ++i) {
            builder_.key(columns_[i]);
            add(fields[i]);
        }
        return {.what = Result::value, .made = builder_.end().finish()};
    }

    Result as_list() {
        builder_.list();
        for (const auto& field : row_.fields()) add(field);
        return {.what = Result::value, .made = builder_.end().finish()};
    }

    void add(const CsvRow::Field& field) {
        const std::string_view text = field.text;
        if (!shape_.infer || field.quoted) {
            builder_.string(text);
        } else if (text.empty()) {
            builder_.null();
        } else if (text == "true" || text == "false") {
            builder_.boolean(text == "true");
        } else if (!looks_like_number(text) || !builder_.json(text)) {
            builder_.string(text);
        }
    }

    // What JSON does not take for a number, such as 007, stays text.
    static bool looks_like_number(std::string_view text) {
        const auto digit = [](char c) { return c >= '0' && c <= '9'; };
        return (digit(text.front()) || text.front() == '-') && digit(text.back());
    }

    CsvShape shape_;
    Builder builder_;
    CsvRow row_;
    bool header_due_;  // the first row is still to come
    std::vector<std::string> columns_;
};

}  // namespace

std::unique_ptr<Decoder> csv_decoder(const flowrun_values* values, CsvShape shape) {
    return std::make_unique<CsvDecoder>(values, shape);
}

}  // namespace flowrun::formats
