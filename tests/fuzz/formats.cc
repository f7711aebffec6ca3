// The first bytes choose a format and the pieces in which the rest arrives. Records must be the same however they
// arrive; every byte belongs to one or stands between two; a csv row that was read and is written again reads the same,
// and what a decoder makes is a value.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "../../src/component/values_table.hh"
#include "formats/csv.hh"
#include "formats/decoder.hh"
#include "formats/framing.hh"
#include "value/json.hh"

using namespace flowrun;
using namespace flowrun::formats;

namespace {

void must(bool truth) {
    if (!truth) std::abort();
}

struct Kind {
    char delimiter = ',';
    bool csv = false, json = false;
    std::unique_ptr<Framing> framing() const {
        return csv ? csv_framing(delimiter) : json ? json_framing() : line_framing();
    }
};

// All records of `text` when it comes in pieces of `step` bytes; 0: at once. Ends with what was broken.
std::vector<std::string> records(const Kind& kind, std::string_view text, std::size_t step) {
    const auto framing = kind.framing();
    std::vector<std::string> all;
    std::size_t begin = 0, end = step == 0 ? text.size() : std::min(step, text.size());
    for (;;) {
        // In memory of its own and just as long, so that a read beyond either end is seen.
        const std::unique_ptr<char[]> exact(new char[end - begin]);
        std::memcpy(exact.get(), text.data() + begin, end - begin);
        const std::string_view data(exact.get(), end - begin);
        const bool last = end == text.size();
        const Cut cut = framing->cut(data, last);
        if (cut.what == Cut::record) {
            must(cut.begin <= cut.end && cut.end <= cut.next && cut.next <= data.size());
            must(cut.next > 0);
            all.emplace_back(data.substr(cut.begin, cut.end - cut.begin));
            begin += cut.next;
            continue;
        }
        if (cut.what == Cut::broken) {
            must(cut.begin <= data.size() && *cut.problem != '\0');
            all.emplace_back(cut.problem);
            return all;
        }
        if (cut.what == Cut::none) {
            must(cut.next <= data.size());
            begin += cut.next;
        }
        if (last) {
            must(cut.what == Cut::none);
            return all;
        }
        end = std::min(end + std::max<std::size_t>(step, 1), text.size());
    }
}

void row(std::string_view text, char delimiter) {
    CsvRow row;
    std::size_t offset = 0;
    if (const char* problem = row.parse(text, delimiter, offset)) {
        must(*problem != '\0' && offset < text.size());
        return;
    }
    std::string again;
    for (const auto& field : row.fields()) {
        if (&field != row.fields().data()) again.push_back(delimiter);
        write_csv_field(field.text, delimiter, again);
    }
    CsvRow second;
    must(second.parse(again, delimiter, offset) == nullptr);
    must(std::equal(row.fields().begin(), row.fields().end(), second.fields().begin(), second.fields().end(),
                    [](const auto& a, const auto& b) { return a.text == b.text; }));
    again.push_back('\n');
    must(csv_framing(delimiter)->cut(again, false).next == again.size());
}

void decode(Decoder& decoder, const std::vector<std::string>& texts) {
    for (const std::string& text : texts) {
        try {
            const Decoder::Result result = decoder.decode(text);
            if (result.what == Decoder::Result::bad) must(result.offset <= text.size() && !result.problem.empty());
            if (result.what == Decoder::Result::value) must(value::parse(result.made.json()).has_value());
        } catch (const sdk::Failure& failure) {
            must(*failure.what() != '\0');
            return;
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const std::uint8_t how = data[0];
    const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
    const Kind kind{.delimiter = (how & 1U) != 0 ? ';' : ',', .csv = (how & 6U) != 0, .json = (how & 8U) != 0};
    const std::vector<std::string> whole = records(kind, text, 0);
    must(records(kind, text, 1 + data[1]) == whole);
    must(records(kind, text, 1) == whole);
    const flowrun_values* const values = &component::values_table();
    if (kind.csv) {
        for (const std::string& record : whole) row(record, kind.delimiter);
        const CsvShape shape{.delimiter = kind.delimiter, .header = (how & 16U) != 0, .infer = (how & 32U) != 0};
        decode(*csv_decoder(values, shape), whole);
    } else {
        decode(kind.json ? *json_decoder(values) : *text_decoder(values), whole);
    }
    return 0;
}
