#pragma once
// Cuts an expression into tokens. Knows nothing of what follows what.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "expr/problem.hh"
#include "expr/token.hh"

namespace flowrun::expr {

class Lexer {
public:
    // The text must be UTF-8 and outlive the tokens.
    explicit Lexer(std::string_view text, std::size_t start = 0) : text_(text), at_(start) {}

    // After Word::end comes Word::end again; after Word::bad nothing more is to be asked.
    Token next();
    // What was wrong with the last Word::bad.
    const Problem& problem() const { return problem_; }

private:
    bool skip_space();
    Token make(Word word, std::size_t from) const;
    Token bad(std::size_t from, std::size_t to, std::string message, std::string remedy = {});
    Token identifier();
    Token quoted_identifier();
    Token number();
    Token radix_number(std::size_t from);
    Token operator_();
    std::optional<std::size_t> string_prefix() const;
    Token string(std::size_t prefix);
    char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

    std::string_view text_;
    std::size_t at_;
    Problem problem_;
};

// Where the `}` stands that ends an expression which begins at `start`, or nothing when there is none.
std::optional<std::size_t> matching_brace(std::string_view text, std::size_t start);

}  // namespace flowrun::expr
