#include <algorithm>
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
    CsvEncoder(CsvShape shape, std::vector<std::string> columns) : shape_(shape), columns_(std::move(columns)) {}

    void encode(Value value, std::string& out) override {
        if (value.is(Kind::map)) {
            if (columns_.empty()) begin(value, out);
            else began_last_ = false;
            if (!add_in_order(value, out)) add_by_name(value, out);
        } else if (value.is(Kind::list)) {
            const char* between = "";
            for (Value item : value.items()) {
                out.append(between);
                add(item, out);
                between = delimiter_;
            }
        } else {
            throw Failure(Status::invalid,
                          std::string("a csv row is made from a map or a list, and this is ") + name_of(value.kind()));
        }
        out.push_back('\n');
    }
    void forget() override {
        if (began_last_) columns_.clear();
    }

private:
    void begin(Value value, std::string& out) {
        if (value.size() == 0) throw Failure(Status::invalid, "the first map is empty, so it names no columns");
        for (auto [key, unused] : value.entries()) columns_.emplace_back(key);
        began_last_ = true;
        if (!shape_.header) return;
        const char* between = "";
        for (const std::string& column : columns_) {
            out.append(between);
            write_csv_field(column, shape_.delimiter, out);
            between = delimiter_;
        }
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
        for (auto [key, unused] : value.entries()) {
            if (std::find(columns_.begin(), columns_.end(), key) != columns_.end()) continue;
            throw Failure(Status::invalid,
                          "there is no column '" + std::string(key) + "': the first map names the columns");
        }
        const char* between = "";
        for (const std::string& column : columns_) {
            out.append(between);
            add(value[column], out);
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
    std::vector<std::string> columns_;
    std::string scratch_;
    bool began_last_ = false;
};

}  // namespace

std::unique_ptr<Encoder> csv_encoder(CsvShape shape, std::vector<std::string> columns) {
    return std::make_unique<CsvEncoder>(shape, std::move(columns));
}

}  // namespace flowrun::formats
