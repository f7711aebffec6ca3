#include "expr/parser.hh"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "expr/foreign.hh"
#include "expr/limits.hh"
#include "expr/literal.hh"

namespace flowrun::expr {
namespace {

struct Level {
    Word word;
    Operator op;
    int binds;
};
constexpr std::array levels{
    Level{Word::less, Operator::less, 1},       Level{Word::less_equal, Operator::less_equal, 1},
    Level{Word::greater, Operator::greater, 1}, Level{Word::greater_equal, Operator::greater_equal, 1},
    Level{Word::equal, Operator::equal, 1},     Level{Word::not_equal, Operator::not_equal, 1},
    Level{Word::in, Operator::in, 1},           Level{Word::plus, Operator::add, 2},
    Level{Word::minus, Operator::subtract, 2},  Level{Word::star, Operator::multiply, 3},
    Level{Word::slash, Operator::divide, 3},    Level{Word::percent, Operator::modulo, 3},
};

const Level* level_of(Word word) {
    const auto* found = std::find_if(levels.begin(), levels.end(), [&](const Level& l) { return l.word == word; });
    return found == levels.end() ? nullptr : found;
}

}  // namespace

std::string_view sign_of(Operator op) {
    static constexpr std::array<std::string_view, 12> signs{"+",  "-", "*",  "/",  "%",  "<",
                                                            "<=", ">", ">=", "==", "!=", "in"};
    return signs[static_cast<std::size_t>(op)];
}

std::expected<ExprPtr, Problem> Parser::parse(std::string_view text) {
    Parser parser(text);
    ExprPtr expr;
    if (parser.token_.is(Word::end)) {
        parser.wrong(0, 0, "the expression is empty", "write a value, for example msg or true");
    } else {
        expr = parser.expression();
        if (expr && !parser.token_.is(Word::end)) expr = parser.unexpected("an operator or the end");
    }
    if (!expr) return std::unexpected(std::move(parser.problem_));
    return expr;
}

void Parser::advance() {
    last_end_ = token_.end();
    before_ = token_.is(Word::identifier) ? token_.text : std::string_view();
    token_ = lexer_.next();
    if (token_.is(Word::bad) && !failed_) {
        failed_ = true;
        problem_ = lexer_.problem();
    }
}

bool Parser::accept(Word word) {
    if (!token_.is(word)) return false;
    advance();
    return true;
}

ExprPtr Parser::wrong(std::uint32_t offset, std::uint32_t length, std::string message, std::string remedy) {
    if (!failed_) problem_ = {offset, length, std::move(message), std::move(remedy)};
    failed_ = true;
    return nullptr;
}

ExprPtr Parser::unexpected(const std::string& wanted) {
    if (token_.is(Word::end)) {
        return wrong(token_.offset, 0, fmt::format("the expression ends where {} should stand", wanted));
    }
    const std::string_view found = text_.substr(token_.offset, token_.length);
    std::string remedy(foreign_operator(found).remedy);
    if (remedy.empty()) remedy = foreign_operator(before_).remedy;
    if (remedy.empty() && token_.is(Word::slash)) remedy = foreign_sign("=~").remedy;
    return wrong(token_.offset, token_.length, fmt::format("'{}' stands where {} should", found, wanted),
                 std::move(remedy));
}

bool Parser::expect(Word word, const char* shown, const std::string& after) {
    if (accept(word)) return true;
    unexpected(fmt::format("'{}' {}", shown, after));
    return false;
}

bool Parser::enter(const Token& at) {
    if (++depth_ <= max_depth) return true;
    wrong(at.offset, at.length, fmt::format("the expression is nested more than {} levels deep", max_depth),
          "name parts of it with cel.bind, or split it over two steps");
    return false;
}

ExprPtr Parser::make(Form form, const Token& at) {
    if (++nodes_ > max_nodes) {
        return wrong(at.offset, at.length, fmt::format("the expression has more than {} parts", max_nodes), "split it");
    }
    auto expr = std::make_unique<Expr>();
    expr->form = form;
    expr->offset = expr->mark = at.offset;
    expr->length = expr->mark_length = at.length;
    return expr;
}

// Sets the range, from `from` to the last token read, and looks at the height.
ExprPtr Parser::finish(ExprPtr expr, std::uint32_t from) {
    if (!expr || failed_) return nullptr;
    expr->offset = from;
    expr->length = last_end_ - from;
    for (const ExprPtr& part : expr->parts) expr->height = std::max(expr->height, part->height + 1);
    if (expr->height > max_depth) {
        return wrong(expr->mark, expr->mark_length,
                     fmt::format("the expression is nested more than {} levels deep", max_depth),
                     "name parts of it with cel.bind; join many texts with [...].join()");
    }
    return expr;
}

ExprPtr Parser::expression() {
    if (!enter(token_)) return nullptr;
    const std::uint32_t from = token_.offset;
    ExprPtr expr = logical(Word::or_, Form::or_);
    if (expr && token_.is(Word::question)) {
        ExprPtr choice = make(Form::conditional, token_);
        advance();
        ExprPtr yes = logical(Word::or_, Form::or_);
        if (!choice || !yes || !expect(Word::colon, ":", "and the other value of '? :'")) return nullptr;
        ExprPtr no = expression();
        if (!no) return nullptr;
        choice->parts.push_back(std::move(expr));
        choice->parts.push_back(std::move(yes));
        choice->parts.push_back(std::move(no));
        expr = finish(std::move(choice), from);
    }
    --depth_;
    return expr;
}

// `a || b || c` as one node with three parts; `&&` below it likewise.
ExprPtr Parser::logical(Word word, Form form) {
    const auto operand = [&] { return form == Form::or_ ? logical(Word::and_, Form::and_) : binary(1); };
    const std::uint32_t from = token_.offset;
    ExprPtr first = operand();
    if (!first || !token_.is(word)) return first;
    ExprPtr all = make(form, token_);
    if (!all) return nullptr;
    all->parts.push_back(std::move(first));
    while (accept(word)) {
        ExprPtr next = operand();
        if (!next) return nullptr;
        all->parts.push_back(std::move(next));
    }
    return finish(std::move(all), from);
}

ExprPtr Parser::binary(int least) {
    const std::uint32_t from = token_.offset;
    ExprPtr left = unary();
    while (left) {
        const Level* level = level_of(token_.word);
        if (level == nullptr || level->binds < least) break;
        ExprPtr both = make(Form::binary, token_);
        advance();
        ExprPtr right = binary(level->binds + 1);
        if (!both || !right) return nullptr;
        both->operator_ = level->op;
        both->parts.push_back(std::move(left));
        both->parts.push_back(std::move(right));
        left = finish(std::move(both), from);
    }
    return left;
}

ExprPtr Parser::unary() {
    if (!token_.is(Word::not_) && !token_.is(Word::minus)) return member();
    if (!enter(token_)) return nullptr;
    const Token sign = token_;
    advance();
    ExprPtr expr;
    if (sign.is(Word::minus) && (token_.is(Word::integer) || token_.is(Word::real))) {
        expr = negative_number(sign);
    } else {
        ExprPtr operand = unary();
        expr = make(sign.is(Word::not_) ? Form::not_ : Form::negate, sign);
        if (!operand || !expr) return nullptr;
        expr->parts.push_back(std::move(operand));
        expr = finish(std::move(expr), sign.offset);
    }
    --depth_;
    return expr;
}

// The minus belongs to the number, so that the least int can be written.
ExprPtr Parser::negative_number(const Token& minus) {
    ExprPtr expr = make(Form::literal, minus);
    if (!expr) return nullptr;
    if (token_.is(Word::real)) {
        const auto value = read_real(token_);
        if (!value)
            return wrong(value.error().offset, value.error().length, value.error().message, value.error().remedy);
        expr->value = Value::real(-*value);
        expr->type = Type::real();
    } else {
        const auto value = read_integer(token_, true);
        if (!value)
            return wrong(value.error().offset, value.error().length, value.error().message, value.error().remedy);
        expr->value = Value::integer(*value);
        expr->type = Type::integer();
    }
    advance();
    return postfix(finish(std::move(expr), minus.offset));
}

ExprPtr Parser::member() { return postfix(primary()); }

ExprPtr Parser::postfix(ExprPtr target) {
    while (target) {
        if (token_.is(Word::dot)) {
            target = selection(std::move(target));
        } else if (token_.is(Word::open_bracket)) {
            target = indexing(std::move(target));
        } else {
            break;
        }
    }
    return target;
}

ExprPtr Parser::selection(ExprPtr target) {
    const std::uint32_t from = target->offset;
    advance();
    const bool optional = accept(Word::question);
    const Token name = token_;
    if (!token_.is(Word::identifier) && !token_.is(Word::quoted_identifier)) return unexpected("a member's name");
    ExprPtr expr = make(Form::select, name);
    if (!expr) return nullptr;
    advance();
    expr->name = name.text;
    expr->optional = optional;
    expr->parts.push_back(std::move(target));
    if (optional || name.is(Word::quoted_identifier) || !token_.is(Word::open_paren))
        return finish(std::move(expr), from);
    expr->form = Form::call;
    expr->receiver = true;
    if (!arguments(*expr)) return nullptr;
    return macro(finish(std::move(expr), from));
}

ExprPtr Parser::indexing(ExprPtr target) {
    const std::uint32_t from = target->offset;
    ExprPtr expr = make(Form::index, token_);
    if (!expr) return nullptr;
    advance();
    expr->optional = accept(Word::question);
    ExprPtr index = expression();
    if (!index || !expect(Word::close_bracket, "]", "after the index")) return nullptr;
    expr->parts.push_back(std::move(target));
    expr->parts.push_back(std::move(index));
    return finish(std::move(expr), from);
}

}  // namespace flowrun::expr
