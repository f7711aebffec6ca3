#pragma once
// Makes a value from parts. Text given is copied. finish() gives a root that is borrowed from the builder until its
// next call (which begins a new value), or nullptr when the calls did not make exactly one whole value: a list or map
// not ended, an end() too many, an entry without its key or a key without its entry, two roots, none, more than
// max_depth lists and maps in one another, a string of more than max_text bytes. Duplicate keys are kept, as in JSON
// text.
//
// One thread at a time. Keeps its memory for the next value.

#include <cstdint>
#include <expected>
#include <string_view>

#include "value/json.hh"
#include "value/node.hh"

namespace flowrun::value {

class Builder {
public:
    Builder();
    ~Builder();
    Builder(Builder&&) noexcept;
    Builder& operator=(Builder&&) noexcept;

    void null();
    void boolean(bool v);
    void integer(std::int64_t v);
    void unsigned_(std::uint64_t v);
    void real(double v);                 // not finite: null
    bool string(std::string_view utf8);  // false, and nothing built: not UTF-8
    void bytes(std::string_view data);
    void list();
    void map();
    bool key(std::string_view utf8);
    // A key whose text is valid UTF-8, and is not copied: it stands where it is as long as the value is used. Plain:
    // as is_plain() says.
    void standing_key(std::string_view utf8, bool plain);
    void end();                                                  // of the innermost list or map
    void value(const Node& v);                                   // a copy; v is not of this builder
    std::expected<void, JsonError> json(std::string_view text);  // an error: nothing is built

    const Node* finish();
    bool empty() const;  // nothing was put in, so that finish() gave none for that
    void clear();

private:
    struct State;
    State* state_;
};

}  // namespace flowrun::value
