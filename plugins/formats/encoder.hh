#pragma once
// Values to text, appended to a buffer. Throws sdk::Failure for a value that the format cannot hold; what was appended
// of it then is the caller's to take back.

#include <flowrun/component.hh>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "csv.hh"

namespace flowrun::formats {

class Encoder {
public:
    virtual ~Encoder() = default;
    virtual void encode(sdk::Value value, std::string& out) = 0;
    // `value` is not in the output after all: its text was taken back.
    virtual void forget() {}
    // What belongs before the values that follow, where they begin another stream than those before.
    virtual void begin_again(std::string&) {}
    // What belongs behind the last value.
    virtual void end(std::string&) {}
};

std::unique_ptr<Encoder> ndjson_encoder();
std::unique_ptr<Encoder> json_encoder();   // one list of all values
std::unique_ptr<Encoder> lines_encoder();  // strings and bytes as they are, others as JSON
std::unique_ptr<Encoder> raw_encoder();    // the same without a line end
// `columns`: of a header that is already there; empty: the first map names them.
std::unique_ptr<Encoder> csv_encoder(CsvShape shape, std::vector<std::string> columns = {});

// JSON on one line; what was read stays as it stood, but for line breaks.
void append_json(sdk::Value value, std::string& out);

}  // namespace flowrun::formats
