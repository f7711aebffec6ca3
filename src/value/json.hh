#pragma once
// JSON text (RFC 8259) to Nodes and back.
//
// The reader validates everything: structure, escapes, UTF-8, control characters, lone surrogates (refused), NUL
// outside an escape, depth (max_depth). Numbers are checked for grammar, not for range: beyond 64 bits or double they
// are kept as text (Kind::number); so is one with fraction or exponent that is not 0 but would read as 0, such as
// 1e-400. Numbers and whole lists and maps keep their text, so what nobody changed is written as it was read. It does
// not look for duplicate keys: Node::member finds the first.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "value/node.hh"
#include "value/value.hh"

namespace flowrun::value {

inline constexpr unsigned max_depth = 512;  // of nested lists and maps
inline constexpr const char too_deep[] = "the value has more than 512 lists and maps in one another";
inline constexpr std::size_t max_text = std::size_t{1} << 31;  // bytes of one JSON text

struct JsonError {
    std::size_t offset = 0;    // bytes from the start of the text
    const char* message = "";  // static text, no full stop
};

// Reads texts one after another without allocating once it is warm. The result borrows both the text and the reader:
// valid until the next read, and while the text stands unchanged. Reads no byte beyond `text`. One thread at a time.
// Memory: 4 KiB, 24 bytes a token, and as many bytes as the text has behind its first string with an escape; what a text
// beyond 16 MiB of that has taken is given back when the next is small.
class Reader {
public:
    Reader();
    ~Reader();
    Reader(Reader&&) noexcept;
    Reader& operator=(Reader&&) noexcept;
    std::expected<const Node*, JsonError> read(std::string_view text);

private:
    struct State;
    State* state_;
};

// Reads one text into a document of its own.
std::expected<Value, JsonError> parse(std::string_view text);

// Appends JSON on one line. What has its text is copied as it stands, spaces and all, save for a list or map whose text
// holds a line break between tokens (Flag::lines): that is written anew, compactly. What has no text is compact.
// Doubles take the shortest form that reads back exactly, and stay doubles: from 1e-6 up to 1e16 with a point ("1.0",
// "-0.0"), else with an exponent ("1e16", "5e-324"). Bytes become base64 strings. The quote, the backslash and control
// characters below 0x20 are escaped, all else is UTF-8 as it is.
void write(const Node& node, std::string& out);
std::string to_json(const Node& node);
// Appends `utf8` as a JSON string, with its quotes.
void write_string(std::string_view utf8, std::string& out);
void write_double(double d, std::string& out);  // not finite: null

// Whether no byte of it needs an escape in JSON (Node::plain).
bool is_plain(std::string_view utf8);

// Whether `bytes` is valid UTF-8; if not, `offset` (may be nullptr) gets the first bad byte's place.
bool valid_utf8(std::string_view bytes, std::size_t* offset = nullptr);

}  // namespace flowrun::value
