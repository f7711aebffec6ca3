#pragma once
// Text in another character set than UTF-8, as the settings `encoding` and `bad_text` say; iconv(3) knows them by name.

#include <flowrun/component.hh>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "encoder.hh"
#include "source.hh"

namespace flowrun::formats {

struct Encoding {
    std::string name = {};  // empty: UTF-8, as it comes
    bool replace = false;   // what does not fit is replaced; else it is an error

    explicit operator bool() const { return !name.empty(); }
    // Bytes of its smallest character.
    std::size_t unit() const;
    // Whether a mark at the beginning of a text says in which order its bytes are.
    bool marked() const;
    // A short text; what does not fit is replaced.
    std::string decoded(std::string_view text) const;
};

// Throws sdk::Failure where there is no such character set.
Encoding encoding_of(sdk::Value settings);

// What stands in decoded text for bytes that could not be decoded: no text in UTF-8 holds it.
constexpr char undecodable = '\xFF';

// A source in UTF-8 of one that is not.
std::unique_ptr<Source> decoded(Source& from, const Encoding& encoding);
// An encoder whose output is not in UTF-8.
std::unique_ptr<Encoder> encoded(std::unique_ptr<Encoder> to, const Encoding& encoding);

}  // namespace flowrun::formats
