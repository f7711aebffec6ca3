#pragma once
// Text to tree. Macros are recognised here, since they bind names. Nothing is resolved.

#include <expected>
#include <string>
#include <string_view>

#include "expr/ast.hh"
#include "expr/lexer.hh"
#include "expr/problem.hh"

namespace flowrun::expr {

class Parser {
public:
    // The first mistake ends it: what follows one would only be guesses. The text must be UTF-8.
    static std::expected<ExprPtr, Problem> parse(std::string_view text);

private:
    explicit Parser(std::string_view text) : text_(text), lexer_(text) { advance(); }

    ExprPtr expression();
    ExprPtr logical(Word word, Form form);
    ExprPtr binary(int least);
    ExprPtr unary();
    ExprPtr negative_number(const Token& minus);
    ExprPtr member();
    ExprPtr postfix(ExprPtr target);
    ExprPtr selection(ExprPtr target);
    ExprPtr indexing(ExprPtr target);
    ExprPtr primary();
    ExprPtr literal();
    template <class Read, class Use>
    bool keep(const Read& read, Use use);
    ExprPtr named();
    ExprPtr list();
    ExprPtr map();
    bool arguments(Expr& call);

    ExprPtr macro(ExprPtr call);
    ExprPtr has(ExprPtr call);
    ExprPtr bind(ExprPtr call);
    ExprPtr loop(ExprPtr call, const struct Macro& macro);
    bool variable(const Expr& argument, std::string& name);

    ExprPtr make(Form form, const Token& at);
    ExprPtr finish(ExprPtr expr, std::uint32_t from);
    ExprPtr wrong(std::uint32_t offset, std::uint32_t length, std::string message, std::string remedy = {});
    ExprPtr unexpected(const std::string& wanted);
    bool expect(Word word, const char* shown, const std::string& after);
    bool accept(Word word);
    void advance();
    bool enter(const Token& at);

    std::string_view text_;
    Lexer lexer_;
    Token token_;
    std::string_view before_;  // the name before `token_`, if one stands there
    std::uint32_t last_end_ = 0;
    unsigned depth_ = 0;
    std::size_t nodes_ = 0;
    bool failed_ = false;
    Problem problem_;
};

}  // namespace flowrun::expr
