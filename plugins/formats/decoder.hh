#pragma once
// Records to values.

#include <flowrun/component.hh>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace flowrun::formats {

class Decoder {
public:
    struct Result {
        enum What { value, nothing, bad };  // nothing: a record that is no message, such as a header
        What what = nothing;
        sdk::Value made = {};      // borrowed until the next decode; it may point into the text
        std::uint64_t offset = 0;  // of bad: where in the text
        std::string problem = {};
    };
    virtual ~Decoder() = default;
    virtual Result decode(std::string_view text) = 0;
};

std::unique_ptr<Decoder> json_decoder(const flowrun_values* values);  // a text of blanks is nothing
std::unique_ptr<Decoder> text_decoder(const flowrun_values* values);  // a string; bytes when it is not UTF-8

}  // namespace flowrun::formats
