// The parser's part for what stands between operators: literals, names, calls, lists, maps.

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "expr/foreign.hh"
#include "expr/literal.hh"
#include "expr/parser.hh"

namespace flowrun::expr {
namespace {

constexpr std::array reserved{"as",  "break", "const",     "continue", "else",   "for", "function", "if",   "import",
                              "let", "loop",  "namespace", "package",  "return", "var", "void",     "while"};

}  // namespace

ExprPtr Parser::primary() {
    switch (token_.word) {
        case Word::open_bracket: return list();
        case Word::open_brace: return map();
        case Word::dot:
        case Word::identifier: return named();
        case Word::open_paren: {
            const std::uint32_t from = token_.offset;
            advance();
            ExprPtr expr = expression();
            if (!expr || !expect(Word::close_paren, ")", "to close the bracket")) return nullptr;
            return finish(std::move(expr), from);
        }
        default: return literal();
    }
}

// Takes what was read, or its problem.
template <class Read, class Use>
bool Parser::keep(const Read& read, Use use) {
    if (read) {
        use(*read);
    } else {
        wrong(read.error().offset, read.error().length, read.error().message, read.error().remedy);
    }
    return read.has_value();
}

ExprPtr Parser::literal() {
    ExprPtr expr = make(Form::literal, token_);
    if (!expr) return nullptr;
    Value& value = expr->value;
    bool good = true;
    switch (token_.word) {
        case Word::integer:
            expr->type = Type::integer();
            good = keep(read_integer(token_, false), [&](std::int64_t v) { value = Value::integer(v); });
            break;
        case Word::unsigned_:
            expr->type = Type::unsigned_();
            good = keep(read_unsigned(token_), [&](std::uint64_t v) { value = Value::unsigned_(v); });
            break;
        case Word::real:
            expr->type = Type::real();
            good = keep(read_real(token_), [&](double v) { value = Value::real(v); });
            break;
        case Word::string:
        case Word::bytes:
            expr->type = token_.is(Word::string) ? Type::string() : Type::bytes();
            value.kind = expr->type.kind();
            good = keep(read_string(token_), [&](const std::string& v) { expr->name = v; });
            break;
        case Word::true_:
        case Word::false_:
            expr->type = Type::boolean();
            value = Value::boolean(token_.is(Word::true_));
            break;
        case Word::null: expr->type = Type::null(); break;
        default: return unexpected("a value");
    }
    const std::uint32_t from = token_.offset;
    if (good) advance();
    return good ? finish(std::move(expr), from) : nullptr;
}

// A variable, a type's name, or a global call.
ExprPtr Parser::named() {
    const std::uint32_t from = token_.offset;
    const bool root = accept(Word::dot);
    const Token name = token_;
    if (root && !name.is(Word::identifier)) {
        return wrong(from, 1, "'.' stands where a value should", "the message is msg, its members are msg.name");
    }
    if (!name.is(Word::identifier)) return unexpected("a name");
    ExprPtr expr = make(Form::name, name);
    if (!expr) return nullptr;
    advance();
    if (std::find(reserved.begin(), reserved.end(), name.text) != reserved.end()) {
        const std::string_view meant = foreign_operator(name.text).remedy;
        return wrong(name.offset, name.length, fmt::format("'{}' is a reserved word", name.text),
                     !meant.empty() ? std::string(meant)
                                    : "use another name; a member of that name is fine: msg." + std::string(name.text));
    }
    expr->name = name.text;
    expr->root = root;
    if (token_.is(Word::open_brace)) {
        return wrong(token_.offset, token_.length, "message types are not supported", "write a map: {'key': value}");
    }
    if (!token_.is(Word::open_paren)) return finish(std::move(expr), from);
    expr->form = Form::call;
    if (!arguments(*expr)) return nullptr;
    return macro(finish(std::move(expr), from));
}

bool Parser::arguments(Expr& call) {
    advance();
    if (accept(Word::close_paren)) return true;
    do {
        ExprPtr argument = expression();
        if (!argument) return false;
        call.parts.push_back(std::move(argument));
    } while (accept(Word::comma));
    return expect(Word::close_paren, ")", "or ',' after an argument");
}

ExprPtr Parser::list() {
    const std::uint32_t from = token_.offset;
    ExprPtr expr = make(Form::list, token_);
    if (!expr) return nullptr;
    advance();
    while (!token_.is(Word::close_bracket)) {
        expr->optional_parts.push_back(accept(Word::question));
        ExprPtr element = expression();
        if (!element) return nullptr;
        expr->parts.push_back(std::move(element));
        if (!accept(Word::comma)) break;
    }
    if (!expect(Word::close_bracket, "]", "or ',' after an element")) return nullptr;
    return finish(std::move(expr), from);
}

ExprPtr Parser::map() {
    const std::uint32_t from = token_.offset;
    ExprPtr expr = make(Form::map, token_);
    if (!expr) return nullptr;
    advance();
    while (!token_.is(Word::close_brace)) {
        expr->optional_parts.push_back(accept(Word::question));
        ExprPtr key = expression();
        if (!key || !expect(Word::colon, ":", "after a key")) return nullptr;
        ExprPtr value = expression();
        if (!value) return nullptr;
        expr->parts.push_back(std::move(key));
        expr->parts.push_back(std::move(value));
        if (!accept(Word::comma)) break;
    }
    if (!expect(Word::close_brace, "}", "or ',' after an entry")) return nullptr;
    return finish(std::move(expr), from);
}

}  // namespace flowrun::expr
