#pragma once
// The part of a JSON string that holds escapes, or a mistake.

#include "value/json.hh"

namespace flowrun::value {

// Bytes of unescaped strings. Room is made once a text, for all that can come of it: what was put in does not move
// until `begin` is called again.
class Pool {
public:
    Pool() = default;
    Pool(Pool&& other) noexcept;
    Pool& operator=(Pool&& other) noexcept;
    ~Pool();

    void begin() { used_ = 0; }
    void forget();
    std::size_t capacity() const { return capacity_; }
    // The place to write at, good for `most` bytes; give back where the writing ended.
    char* open(std::size_t most);
    void close(const char* end) { used_ = static_cast<std::size_t>(end - bytes_); }

private:
    char* bytes_ = nullptr;
    std::size_t used_ = 0;
    std::size_t capacity_ = 0;
};

// Reads the string whose first byte (behind the quote) is at `from` and in which the first thing worth a look is at
// `stop`: a backslash, a control character, or the end. On success `out` is a string Node in the pool, and the place
// behind the closing quote is returned; else nullptr and `error` is set (its offset from `text`).
const char* unescape(const char* text, const char* from, const char* stop, const char* end, Pool& pool, Node& out,
                     JsonError& error);

}  // namespace flowrun::value
