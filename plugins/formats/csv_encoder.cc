#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "encoder.hh"
#include "kind.hh"

namespace flowrun::formats {
namespace {

using namespace sdk;

// The first map names the columns. A later one may lack some, which stay empty; a field that has no column is an error,
// not left out.
class CsvEncoder final : public Encoder {
public:
    CsvEncoder(CsvShape shape, std::vector<std::string> columns)
        : shape_(std::move(shape)), header_due_(columns.empty() && !shape_.columns.empty()),
          columns_(header_due_ ? shape_.columns : std::move(columns)) {}

    void encode(Value value, std::string& out) override {
        began_last_ = false;
        if (header_due_) begin_given(out);
        if (value.is(Kind::map)) {
            if (columns_.empty()) begin(value, out);
            const std::size_t before = out.size();
            if (!add_in_order(value, out)) add_by_name(value, out);
            if (out.size() == before) out.append(empty_row);
        } else if (value.is(Kind::list)) {
            if (value.size() == 0) throw Failure(Status::invalid, "an empty list makes no csv row");
            const std::size_t before = out.size();
            const char* between = "";
            for (Value item : value.items()) {
                out.append(between);
                add(item, out);
                between = delimiter_;
            }
            if (out.size() == before) out.append(empty_row);
        } else {
            throw Failure(Status::invalid,
                          std::string("a csv row is made from a map or a list, and this is ") + name_of(value.kind()));
        }
        out.push_back('\n');
    }
    void begin_again(std::string& out) override {
        if (!columns_.empty() && !header_due_) add_header(out);
    }
    void forget() override {
        if (!began_last_) return;
        header_due_ = !shape_.columns.empty();
        if (header_due_) return;
        columns_.clear();
        places_.clear();
    }

private:
    static constexpr std::string_view empty_row = "\"\"";  // its one field is empty; a blank row would be none

    void begin(Value value, std::string& out) {
        if (value.size() == 0) throw Failure(Status::invalid, "the first map is empty, so it names no columns");
        for (auto [key, unused] : value.entries()) columns_.emplace_back(key);
        began_last_ = true;
        add_header(out);
    }

    void begin_given(std::string& out) {
        header_due_ = false;
        began_last_ = true;
        add_header(out);
    }

    void add_header(std::string& out) {
        if (!shape_.header) return;
        const std::size_t before = out.size();
        const char* between = "";
        for (const std::string& column : columns_) {
            out.append(between);
            write_csv_field(column, shape_.delimiter, out);
            between = delimiter_;
        }
        if (out.size() == before) out.append(empty_row);
        out.push_back('\n');
    }

    // Nearly always the columns come in their order, and all of them. False: they do not, and nothing was added.
    bool add_in_order(Value value, std::string& out) {
        const std::size_t before = out.size();
        std::size_t place = 0;
        for (auto [key, field] : value.entries()) {
            if (place == columns_.size() || columns_[place] != key) {
                out.resize(before);
                return false;
            }
            if (place++ > 0) out.push_back(shape_.delimiter);
            add(field, out);
        }
        if (place == columns_.size()) return true;
        out.resize(before);
        return false;
    }

    void add_by_name(Value value, std::string& out) {
        if (places_.empty()) {
            for (std::size_t i = 0; i < columns_.size(); ++i) places_.emplace(columns_[i], i);
        }
        fields_.assign(columns_.size(), Value());
        for (auto [key, field] : value.entries()) {
            const auto place = places_.find(key);
            if (place == places_.end()) {
                throw Failure(Status::invalid, "there is no column '" + std::string(key) +
                                                   "': " + (shape_.columns.empty() ? "the first map" : "'columns'") +
                                                   " names the columns");
            }
            if (!fields_[place->second]) fields_[place->second] = field;
        }
        const char* between = "";
        for (const Value field : fields_) {
            out.append(between);
            add(field, out);
            between = delimiter_;
        }
    }

    void add(Value value, std::string& out) {
        if (!value || value.is(Kind::null)) return;
        if (const auto text = value.text()) {
            write_csv_field(*text, shape_.delimiter, out);
            return;
        }
        scratch_.clear();
        append_json(value, scratch_);
        write_csv_field(scratch_, shape_.delimiter, out);
    }

    CsvShape shape_;
    const char delimiter_[2] = {shape_.delimiter, '\0'};
    bool header_due_;  // of columns that were given, before the first row
    std::vector<std::string> columns_;
    std::unordered_map<std::string_view, std::size_t> places_;  // of columns_, once they are asked for
    std::vector<Value> fields_;                                 // of one row
    std::string scratch_;
    bool began_last_ = false;
};

}  // namespace

std::unique_ptr<Encoder> csv_encoder(CsvShape shape, std::vector<std::string> columns) {
    return std::make_unique<CsvEncoder>(shape, std::move(columns));
}

}  // namespace flowrun::formats
