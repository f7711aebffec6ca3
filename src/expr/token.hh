#pragma once
// The words of the language, as the lexer finds them.

#include <cstdint>
#include <string_view>

namespace flowrun::expr {

enum class Word : std::uint8_t {
    end,
    bad,  // `text` begins where it went wrong; Lexer::problem says how
    identifier,
    quoted_identifier,  // `a-b` in backticks; `text` without them
    integer,
    unsigned_,
    real,
    string,
    bytes,
    true_,
    false_,
    null,
    in,
    question,
    colon,
    or_,
    and_,
    less,
    less_equal,
    greater_equal,
    greater,
    equal,
    not_equal,
    plus,
    minus,
    star,
    slash,
    percent,
    not_,
    dot,
    comma,
    open_bracket,
    close_bracket,
    open_brace,
    close_brace,
    open_paren,
    close_paren,
};

struct Token {
    Word word = Word::end;
    std::uint32_t offset = 0;
    std::uint32_t length = 0;
    std::string_view text;  // as it stands in the expression (strings with prefix and quotes)

    bool is(Word w) const { return word == w; }
    std::uint32_t end() const { return offset + length; }
};

}  // namespace flowrun::expr
