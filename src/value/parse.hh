#pragma once
// One pass over a JSON text that writes one Node for each token. A string or number is a pointer into the text and a
// size, so the work is to find where it ends and to see that it is right.
//
// Where the speed comes from:
//  - Strings and numbers are looked at sixteen bytes at a time (scan.hh).
//  - A key is compared with the one that came here in the texts before (keys.hh), and a string ends where that key's
//    did the last time: what comes next begins before it is seen that this was right.
//  - When a text ends in '}' or ']', as every whole list and map does (`closed`), any place before that byte may be
//    looked at without asking whether the text has ended there.
//  - Members are registers: everything that gets `this` is inlined, and what is rare is a function given values.
//  - What is inside a list and what is inside a map are two places in the code, each with its own guesses.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "value/json.hh"
#include "value/keys.hh"
#include "value/tape.hh"
#include "value/unescape.hh"

#define FLOWRUN_INLINE [[gnu::always_inline]] inline

namespace flowrun::value {

// Sets the error; false.
bool refuse(JsonError& error, const char* text, const char* at, const char* message);

// An escape was met: of the lists and maps that are open, none lies wholly within its text any more.
void leave_text(Node* nodes, std::uint32_t open, unsigned depth);

// Whether [p, end) begins with the key; it may be short.
bool begins_with(const char* p, const char* end, const KnownKey& key);

template <bool closed>
class Parse {
public:
    // The text begins at `text`, its first token at `from`; `end` has no white space before it. `tape` has room for two.
    Parse(Tape& tape, Pool& pool, Keys* keys, JsonError& error, const char* text, const char* from, const char* end)
        : tape_(tape), pool_(pool), keys_(keys), error_(error), text_(text), p_(from), end_(end),
          sixteen_(end - text < 16 ? nullptr : end - 16), known_(Keys::known(keys)), last_(known_),
          nodes_(tape.nodes()), node_(nodes_), limit_(nodes_ + tape.capacity() - 2) {}

    bool run();                             // one value; false: the error is set
    const char* end() const { return p_; }  // behind it
    std::size_t size() const { return static_cast<std::size_t>(node_ - nodes_); }

private:
    enum class Began { scalar, list, map, nothing };  // nothing: the error is set

    FLOWRUN_INLINE char peek(const char* at) const { return closed || at != end_ ? *at : '\0'; }
    FLOWRUN_INLINE bool fail(const char* at, const char* message) { return refuse(error_, text_, at, message); }
    FLOWRUN_INLINE void space();
    FLOWRUN_INLINE void two();
    template <Way way>
    FLOWRUN_INLINE bool key();
    template <Way way>
    FLOWRUN_INLINE bool expected_key();
    template <Way way>
    FLOWRUN_INLINE bool other_key();
    template <bool in_map>
    FLOWRUN_INLINE Began value();
    FLOWRUN_INLINE bool same_size();
    FLOWRUN_INLINE bool string();
    FLOWRUN_INLINE bool short_number();
    FLOWRUN_INLINE bool number();
    FLOWRUN_INLINE bool literal(std::string_view word, Kind kind, bool truth);
    FLOWRUN_INLINE bool open(Kind kind);
    FLOWRUN_INLINE void close();

    Tape& tape_;
    Pool& pool_;
    Keys* const keys_;
    JsonError& error_;
    const char* const text_;
    const char* p_;
    const char* const end_;
    const char* const sixteen_;  // up to here sixteen bytes may be looked at; nullptr: nowhere
    const KnownKey* const known_;
    const KnownKey* last_;  // the key before
    Node* nodes_;
    Node* node_;               // the next to write
    Node* limit_;              // up to here there is room for two
    std::uint32_t open_ = 0;   // place of the innermost list or map; its span is its parent's place while it is open
    std::uint32_t count_ = 0;  // of its members so far
    unsigned depth_ = 0;
    const char* lines_ = nullptr;  // the last line break between tokens, or the beginning of the gap with it
};

}  // namespace flowrun::value
